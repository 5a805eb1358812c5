/** In pixels at the scale at which boxes are drawn; y grows downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}
