struct Params {
  count: u32,
  height: i32,
  width: i32,
  outHeight: u32,
  outWidth: u32,
  top: i32,
  left: i32,
  wide: u32,
  actFirst0: f32,
  actFirst1: f32,
  rows: u32,
  columns: u32,
  depth: u32,
  one: u32,
  outputs: u32,
  plane: u32,
  groups: u32,
  lastQuad: u32,
  tilesM: u32,
  tilesN: u32,
  chunk: u32,
  size: u32,
  act0: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> taps: array<f32>;
@group(0) @binding(2) var<storage, read> shift: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<uniform> p: Params;

var<workgroup> sharedRows: array<vec4f, 128>;
var<workgroup> sharedColumns: array<f32, 512>;fn activate(x: f32) -> f32 {
  return select(p.act0 * x, x, x >= 0.0);
}

fn activateFirst(x: f32) -> f32 {
  return min(max(x, p.actFirst0), p.actFirst1);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.z * groups.y + group.y) * groups.x + group.x;
  if (index >= p.count) {
    return;
  }
  let firstColumn = index % p.tilesN * 32u;
  let firstRow = index / p.tilesN % p.tilesM * 32u;
  let g = index / p.tilesN / p.tilesM % p.groups;
  let part = index / p.tilesN / p.tilesM / p.groups;
  let begin = part * p.chunk;
  let end = min(begin + p.chunk, p.depth);
  let myColumn = local % 8u;
  let myQuad = local / 8u * 1u;
  let column = min(firstColumn + local % 8u * 4u, p.columns - 4u);
  let line = column / p.wide;
  let n = line / p.outHeight;
  let top = i32(line % p.outHeight) * 2 - p.top;
  let left = i32(column % p.wide) * 1 - p.left;
  var sum0_0 = vec4f();
  var sum0_1 = vec4f();
  var sum0_2 = vec4f();
  var sum0_3 = vec4f();
  for (var first = begin; first < end; first += 16u) {
    for (var j = 0u; j < 2u; j++) {
      let i = local + j * 64u;
      let quad = i / 16u;
      let k = min(first + i % 16u, p.depth - 1u);
      sharedRows[i] = weights[min(quad + (g * p.rows + firstRow) / 4u, p.lastQuad) * p.depth + k];
    }
    for (var j = 0u; j < 2u; j++) {
      let i = local + j * 64u;
      let unbounded = first + i / 8u;
      let k = min(unbounded, p.depth - 1u);
      let plane = i32(n * p.depth + k) * p.height;
      let outside = 0.0;
      var loaded = vec4f(shift[k]);
      for (var row = 0u; row < 3u; row++) {
        let at = (k * 3u + row) * 3u;
        let yy = top + i32(row) * 1;
        let inside = (yy >= 0) & (yy < p.height);
        let start = (plane + clamp(yy, 0, p.height - 1)) * p.width;
        let v0 = select(outside, x[start + clamp(left + 0, 0, p.width - 1)], inside & (left + 0 >= 0) & (left + 0 < p.width));
        let v1 = select(outside, x[start + clamp(left + 1, 0, p.width - 1)], inside & (left + 1 >= 0) & (left + 1 < p.width));
        let v2 = select(outside, x[start + clamp(left + 2, 0, p.width - 1)], inside & (left + 2 >= 0) & (left + 2 < p.width));
        let v3 = select(outside, x[start + clamp(left + 3, 0, p.width - 1)], inside & (left + 3 >= 0) & (left + 3 < p.width));
        let v4 = select(outside, x[start + clamp(left + 4, 0, p.width - 1)], inside & (left + 4 >= 0) & (left + 4 < p.width));
        let v5 = select(outside, x[start + clamp(left + 5, 0, p.width - 1)], inside & (left + 5 >= 0) & (left + 5 < p.width));
        loaded += taps[at + 0u] * vec4f(v0, v1, v2, v3);
        loaded += taps[at + 1u] * vec4f(v1, v2, v3, v4);
        loaded += taps[at + 2u] * vec4f(v2, v3, v4, v5);
      }
      loaded = vec4f(activateFirst(loaded[0]), activateFirst(loaded[1]), activateFirst(loaded[2]), activateFirst(loaded[3]));
      sharedColumns[i * 4u + 0u] = select(0.0, loaded[0], unbounded < p.depth);
      sharedColumns[i * 4u + 1u] = select(0.0, loaded[1], unbounded < p.depth);
      sharedColumns[i * 4u + 2u] = select(0.0, loaded[2], unbounded < p.depth);
      sharedColumns[i * 4u + 3u] = select(0.0, loaded[3], unbounded < p.depth);
    }
    workgroupBarrier();
    for (var k = 0u; k < 16u; k++) {
      let a0 = sharedRows[(myQuad + 0u) * 16u + k];
      let b0 = sharedColumns[k * 32u + myColumn + 0u];
      let b1 = sharedColumns[k * 32u + myColumn + 8u];
      let b2 = sharedColumns[k * 32u + myColumn + 16u];
      let b3 = sharedColumns[k * 32u + myColumn + 24u];
      sum0_0 += a0 * b0;
      sum0_1 += a0 * b1;
      sum0_2 += a0 * b2;
      sum0_3 += a0 * b3;
    }
    workgroupBarrier();
  }
  {
    let value = sum0_0;
    let outRow = firstRow + (myQuad + 0u) * 4u;
    let outColumn = firstColumn + myColumn + 0u;
    if ((outColumn < p.columns) & (outColumn % p.wide < p.outWidth)) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          let o = g * p.rows + outRow + e;
          let to = ((outColumn / p.wide / p.outHeight * p.outputs + o) * p.outHeight
            + outColumn / p.wide % p.outHeight) * p.outWidth + outColumn % p.wide;
          y[to] = activate(value[e] + shift[o]);
        }
      }
    }
  }
  {
    let value = sum0_1;
    let outRow = firstRow + (myQuad + 0u) * 4u;
    let outColumn = firstColumn + myColumn + 8u;
    if ((outColumn < p.columns) & (outColumn % p.wide < p.outWidth)) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          let o = g * p.rows + outRow + e;
          let to = ((outColumn / p.wide / p.outHeight * p.outputs + o) * p.outHeight
            + outColumn / p.wide % p.outHeight) * p.outWidth + outColumn % p.wide;
          y[to] = activate(value[e] + shift[o]);
        }
      }
    }
  }
  {
    let value = sum0_2;
    let outRow = firstRow + (myQuad + 0u) * 4u;
    let outColumn = firstColumn + myColumn + 16u;
    if ((outColumn < p.columns) & (outColumn % p.wide < p.outWidth)) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          let o = g * p.rows + outRow + e;
          let to = ((outColumn / p.wide / p.outHeight * p.outputs + o) * p.outHeight
            + outColumn / p.wide % p.outHeight) * p.outWidth + outColumn % p.wide;
          y[to] = activate(value[e] + shift[o]);
        }
      }
    }
  }
  {
    let value = sum0_3;
    let outRow = firstRow + (myQuad + 0u) * 4u;
    let outColumn = firstColumn + myColumn + 24u;
    if ((outColumn < p.columns) & (outColumn % p.wide < p.outWidth)) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          let o = g * p.rows + outRow + e;
          let to = ((outColumn / p.wide / p.outHeight * p.outputs + o) * p.outHeight
            + outColumn / p.wide % p.outHeight) * p.outWidth + outColumn % p.wide;
          y[to] = activate(value[e] + shift[o]);
        }
      }
    }
  }
}
