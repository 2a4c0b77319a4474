/** Arrows between lanes. Sizes are CSS pixels. */

/** From a thread that waits to the one that it waits for, at the moment that is looked at. */
export function drawBlocker(
  context: CanvasRenderingContext2D,
  x: number,
  from: number,
  to: number,
  colour: string,
): void {
  const side = x < 40 ? 18 : -18;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x, from, 3, 0, 2 * Math.PI);
  context.fill();
  context.beginPath();
  context.moveTo(x, from);
  context.bezierCurveTo(x + side, from, x + side, to, x, to);
  context.stroke();
  drawHead(context, x, to, Math.sign(side) * 7, 4, 0);
}

/** From a thread that gave something back to the one that went on because of it. What is not `isSelected` steps back. */
export function drawWake(
  context: CanvasRenderingContext2D,
  x: number,
  from: number,
  to: number,
  colour: string,
  isSelected: boolean,
): void {
  const down = Math.sign(to - from);
  context.globalAlpha = isSelected ? 0.9 : 0.3;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x + 0.5, from);
  context.lineTo(x + 0.5, to - down * 6);
  context.stroke();
  drawHead(context, x + 0.5, to, 4, 0, -down * 7);
  context.globalAlpha = 1;
}

/** A message, from where it was sent to where it came. What is not `isSelected` steps back. */
export function drawMessage(
  context: CanvasRenderingContext2D,
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
  colour: string,
  isSelected: boolean,
): void {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  context.save();
  context.globalAlpha = isSelected ? 0.9 : 0.3;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
  context.beginPath();
  context.arc(x1, y1, 2, 0, 2 * Math.PI);
  context.fill();
  context.translate(x2, y2);
  context.rotate(angle);
  drawHead(context, 0, 0, -7, 3.5, 0);
  context.restore();
}

/** A triangle with its point at a place: towards the side if it has a height, otherwise up or down. */
function drawHead(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  back: number,
): void {
  context.beginPath();
  context.moveTo(x, y);
  if (back === 0) {
    context.lineTo(x + width, y - height);
    context.lineTo(x + width, y + height);
  } else {
    context.lineTo(x - width, y + back);
    context.lineTo(x + width, y + back);
  }
  context.fill();
}
