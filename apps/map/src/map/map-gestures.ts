import { Presses } from './presses.js';

/** What people do to a map, in pixels of the element. */
export interface MapGestures {
  move(dx: number, dy: number): void;
  zoom(factor: number, px: number, py: number): void;
  /** A step that is seen as a movement. */
  zoomStep(factor: number, px: number, py: number): void;
  moveStep(dx: number, dy: number): void;
  home(): void;
  point(px: number, py: number): void;
  leave(): void;
  press(px: number, py: number): void;
  /** Enter: whatever is in the middle. */
  pressMiddle(): void;
}

export const STEP_PX = 90;
export const ZOOM_STEP = 1.8;
/** A finger is never quite still. */
const STILL_PX = 5;

/**
 * Hears pointers and the wheel. A movement is no press, nor is what two fingers do, and two presses in a row zoom. A wheel over
 * a map that nobody uses moves the page, as people expect.
 */
export function hearPointers(element: HTMLElement, gestures: MapGestures): void {
  const down = new Map<number, { x: number; y: number }>();
  const presses = new Presses(
    (px, py) => gestures.press(px, py),
    (px, py) => gestures.zoomStep(ZOOM_STEP, px, py),
  );
  let isPress = false;
  let movedPx = 0;
  const at = (event: MouseEvent) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    isPress = down.size === 0;
    if (isPress) movedPx = 0;
    down.set(event.pointerId, at(event));
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener('pointermove', (event) => {
    const [before, now] = [down.get(event.pointerId), at(event)];
    if (before === undefined) return gestures.point(now.x, now.y);
    const others = [...down].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    down.set(event.pointerId, now);
    movedPx += Math.hypot(now.x - before.x, now.y - before.y);
    if (movedPx <= STILL_PX && others.length === 0) return;
    isPress = false;
    presses.settle();
    if (others[0] !== undefined) pinch(gestures, others[0], before, now);
    else gestures.move(now.x - before.x, now.y - before.y);
  });
  const up = (event: PointerEvent) => {
    const { x, y } = at(event);
    if (down.delete(event.pointerId) && event.type === 'pointerup' && isPress) presses.press(x, y);
  };
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', up);
  element.addEventListener('pointerleave', () => gestures.leave());
  const onWheel = (event: WheelEvent) => {
    if (!event.ctrlKey && !event.metaKey && !element.contains(document.activeElement)) return;
    event.preventDefault();
    presses.settle();
    const { x, y } = at(event);
    gestures.zoom(wheelFactor(event), x, y);
  };
  element.addEventListener('wheel', onWheel, { passive: false });
}

type Place = { x: number; y: number };

/** One finger of two has moved. */
function pinch(gestures: MapGestures, other: Place, before: Place, now: Place): void {
  const distance = (place: Place) => Math.hypot(place.x - other.x, place.y - other.y);
  const [middleX, middleY] = [(now.x + other.x) / 2, (now.y + other.y) / 2];
  gestures.move((now.x - before.x) / 2, (now.y - before.y) / 2);
  if (distance(before) > 0) gestures.zoom(distance(now) / distance(before), middleX, middleY);
}

function wheelFactor(event: WheelEvent): number {
  const linesPx = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
  // Browsers tell of a pinch on a touchpad as of a wheel with Ctrl, in small steps.
  const strength = event.ctrlKey ? 0.01 : 0.0022;
  return Math.exp(-event.deltaY * linesPx * strength);
}

/** Hears keys while the element has the focus. */
export function hearKeys(element: HTMLElement, gestures: MapGestures): void {
  element.addEventListener('keydown', (event) => {
    if (event.target !== element || event.ctrlKey || event.metaKey || event.altKey) return;
    const [px, py] = [element.clientWidth / 2, element.clientHeight / 2];
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => gestures.moveStep(STEP_PX, 0),
      ArrowRight: () => gestures.moveStep(-STEP_PX, 0),
      ArrowUp: () => gestures.moveStep(0, STEP_PX),
      ArrowDown: () => gestures.moveStep(0, -STEP_PX),
      '+': () => gestures.zoomStep(ZOOM_STEP, px, py),
      '=': () => gestures.zoomStep(ZOOM_STEP, px, py),
      '-': () => gestures.zoomStep(1 / ZOOM_STEP, px, py),
      '0': () => gestures.home(),
      Home: () => gestures.home(),
      Enter: () => gestures.pressMiddle(),
    };
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}
