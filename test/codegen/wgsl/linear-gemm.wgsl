struct Params {
  count: u32,
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
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

var<workgroup> sharedRows: array<vec4f, 256>;
var<workgroup> sharedColumns: array<f32, 256>;

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
  let firstColumn = index % p.tilesN * 16u;
  let firstRow = index / p.tilesN % p.tilesM * 64u;
  let g = index / p.tilesN / p.tilesM % p.groups;
  let part = index / p.tilesN / p.tilesM / p.groups;
  let begin = part * p.chunk;
  let end = min(begin + p.chunk, p.depth);
  let myColumn = local % 4u;
  let myQuad = local / 4u * 1u;
  let column = min(firstColumn + local % 16u, p.columns - 1u);

  var sum0_0 = vec4f();
  var sum0_1 = vec4f();
  var sum0_2 = vec4f();
  var sum0_3 = vec4f();
  for (var first = begin; first < end; first += 16u) {
    for (var j = 0u; j < 4u; j++) {
      let i = local + j * 64u;
      let quad = i / 16u;
      let k = min(first + i % 16u, p.depth - 1u);
      sharedRows[i] = weights[min(quad + (g * p.rows + firstRow) / 4u, p.lastQuad) * p.depth + k];
    }
    for (var j = 0u; j < 4u; j++) {
      let i = local + j * 64u;
      let unbounded = first + i / 16u;
      let k = min(unbounded, p.depth - 1u);
      let loaded = x[column * p.depth + k];
      sharedColumns[i] = select(0.0, loaded, unbounded < p.depth);
    }
    workgroupBarrier();
    for (var k = 0u; k < 16u; k++) {
      let a0 = sharedRows[(myQuad + 0u) * 16u + k];
      let b0 = sharedColumns[k * 16u + myColumn + 0u];
      let b1 = sharedColumns[k * 16u + myColumn + 4u];
      let b2 = sharedColumns[k * 16u + myColumn + 8u];
      let b3 = sharedColumns[k * 16u + myColumn + 12u];
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
    if (outColumn < p.columns) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          let o = g * p.rows + outRow + e;
          let to = (outColumn / p.plane * p.outputs + o) * p.plane + outColumn % p.plane;
          y[to] = value[e];
        }
      }
    }
  }
  {
    let value = sum0_1;
    let outRow = firstRow + (myQuad + 0u) * 4u;
    let outColumn = firstColumn + myColumn + 4u;
    if (outColumn < p.columns) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          let o = g * p.rows + outRow + e;
          let to = (outColumn / p.plane * p.outputs + o) * p.plane + outColumn % p.plane;
          y[to] = value[e];
        }
      }
    }
  }
  {
    let value = sum0_2;
    let outRow = firstRow + (myQuad + 0u) * 4u;
    let outColumn = firstColumn + myColumn + 8u;
    if (outColumn < p.columns) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          let o = g * p.rows + outRow + e;
          let to = (outColumn / p.plane * p.outputs + o) * p.plane + outColumn % p.plane;
          y[to] = value[e];
        }
      }
    }
  }
  {
    let value = sum0_3;
    let outRow = firstRow + (myQuad + 0u) * 4u;
    let outColumn = firstColumn + myColumn + 12u;
    if (outColumn < p.columns) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          let o = g * p.rows + outRow + e;
          let to = (outColumn / p.plane * p.outputs + o) * p.plane + outColumn % p.plane;
          y[to] = value[e];
        }
      }
    }
  }
}
