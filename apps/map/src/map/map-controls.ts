import { element, icon } from '../page/elements.js';
import { type MapGestures, STEP_PX, ZOOM_STEP } from './map-gestures.js';

export interface MapControlActions extends Pick<MapGestures, 'moveStep' | 'home'> {
  /** Around the middle. */
  readonly zoomMiddle: (factor: number) => void;
}

/** Buttons for whoever neither drags nor turns a wheel. */
export class MapControls {
  readonly element: HTMLElement;
  private readonly moves: HTMLElement;

  constructor({ zoomMiddle, moveStep, home }: MapControlActions) {
    const zooms = element(
      'div',
      { class: 'zoom-buttons', role: 'group', 'aria-label': 'Zoom' },
      button('plus', 'Zoom in', () => zoomMiddle(ZOOM_STEP)),
      button('minus', 'Zoom out', () => zoomMiddle(1 / ZOOM_STEP)),
      button('home', 'Show the whole world', home),
    );
    this.moves = element(
      'div',
      { class: 'move-buttons', role: 'group', 'aria-label': 'Move the map' },
      button('north', 'To the north', () => moveStep(0, STEP_PX)),
      button('west', 'To the west', () => moveStep(STEP_PX, 0)),
      button('east', 'To the east', () => moveStep(-STEP_PX, 0)),
      button('south', 'To the south', () => moveStep(0, -STEP_PX)),
    );
    this.element = element('div', { class: 'map-controls' }, zooms, this.moves);
  }

  /** @param canMove false where all of the world is in sight */
  show(canMove: boolean): void {
    this.moves.hidden = !canMove;
  }
}

function button(name: string, label: string, onclick: () => void): HTMLElement {
  return element('button', { type: 'button', 'aria-label': label, title: label, onclick }, icon(name));
}
