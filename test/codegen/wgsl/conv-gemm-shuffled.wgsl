enable subgroups;

struct Params {
  count: u32,
  channels: u32,
  planeQuads: u32,
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

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> p: Params;

fn activate(x: f32) -> f32 {
  return max(x, 0.0);
}

var<workgroup> numbered: atomic<u32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let index = (group.z * groups.y + group.y) * groups.x + group.x;
  if (index >= p.count) {
    return;
  }
  workgroupBarrier();
  let firstLane = lane / 8u * 8u;
  let number = atomicAdd(&numbered, select(0u, 1u, lane == firstLane));
  let local = subgroupShuffle(number, firstLane) * 8u + lane - firstLane;
  let firstColumn = index % p.tilesN * 32u;
  let firstRow = index / p.tilesN % p.tilesM * 32u;
  let g = index / p.tilesN / p.tilesM % p.groups;
  let part = index / p.tilesN / p.tilesM / p.groups;
  let begin = part * p.chunk;
  let end = min(begin + p.chunk, p.depth);
  let myColumn = local % 8u;
  let myQuad = local / 8u * 1u;
  let column0 = firstColumn + (myColumn + 0u) * 4u;
  var at0: u32;
  {
    let column = min(column0, (p.columns - 1u) / 4u * 4u);
    at0 = (column / p.plane * p.channels + g * p.depth) * p.planeQuads + column % p.plane / 4u;
  }
  var sum0_0 = vec4f();
  var sum0_1 = vec4f();
  var sum0_2 = vec4f();
  var sum0_3 = vec4f();
  for (var first = begin; first < end; first += 16u) {
    var rows0_0: vec4f;
    {
      let quad = myQuad + 0u;
      let k = min(first + 0u + lane - firstLane, p.depth - 1u);
      rows0_0 = weights[min(quad + (g * p.rows + firstRow) / 4u, p.lastQuad) * p.depth + k];
    }
    var rows1_0: vec4f;
    {
      let quad = myQuad + 0u;
      let k = min(first + 8u + lane - firstLane, p.depth - 1u);
      rows1_0 = weights[min(quad + (g * p.rows + firstRow) / 4u, p.lastQuad) * p.depth + k];
    }
    for (var c = 0u; c < 8u; c++) {
      let k = first + 0u + c;
      let a0 = subgroupShuffle(rows0_0, firstLane + c);
      let b0 = select(vec4f(), x[at0 + min(k, p.depth - 1u) * p.planeQuads], k < p.depth);
      sum0_0 += a0 * b0[0];
      sum0_1 += a0 * b0[1];
      sum0_2 += a0 * b0[2];
      sum0_3 += a0 * b0[3];
    }
    for (var c = 0u; c < 8u; c++) {
      let k = first + 8u + c;
      let a0 = subgroupShuffle(rows1_0, firstLane + c);
      let b0 = select(vec4f(), x[at0 + min(k, p.depth - 1u) * p.planeQuads], k < p.depth);
      sum0_0 += a0 * b0[0];
      sum0_1 += a0 * b0[1];
      sum0_2 += a0 * b0[2];
      sum0_3 += a0 * b0[3];
    }
  }
  {
    let value = vec4f(sum0_0[0], sum0_1[0], sum0_2[0], sum0_3[0]);
    let outRow = firstRow + (myQuad + 0u) * 4u + 0u;
    let outColumn = column0;
    if ((outRow < p.rows) & (outColumn < p.columns)) {
      let o = g * p.rows + outRow;
      let to = (outColumn / p.plane * p.outputs + o) * p.planeQuads + outColumn % p.plane / 4u;
      let sum = value + bias[o];
      y[to] = vec4f(activate(sum[0]), activate(sum[1]), activate(sum[2]), activate(sum[3]));
    }
  }
  {
    let value = vec4f(sum0_0[1], sum0_1[1], sum0_2[1], sum0_3[1]);
    let outRow = firstRow + (myQuad + 0u) * 4u + 1u;
    let outColumn = column0;
    if ((outRow < p.rows) & (outColumn < p.columns)) {
      let o = g * p.rows + outRow;
      let to = (outColumn / p.plane * p.outputs + o) * p.planeQuads + outColumn % p.plane / 4u;
      let sum = value + bias[o];
      y[to] = vec4f(activate(sum[0]), activate(sum[1]), activate(sum[2]), activate(sum[3]));
    }
  }
  {
    let value = vec4f(sum0_0[2], sum0_1[2], sum0_2[2], sum0_3[2]);
    let outRow = firstRow + (myQuad + 0u) * 4u + 2u;
    let outColumn = column0;
    if ((outRow < p.rows) & (outColumn < p.columns)) {
      let o = g * p.rows + outRow;
      let to = (outColumn / p.plane * p.outputs + o) * p.planeQuads + outColumn % p.plane / 4u;
      let sum = value + bias[o];
      y[to] = vec4f(activate(sum[0]), activate(sum[1]), activate(sum[2]), activate(sum[3]));
    }
  }
  {
    let value = vec4f(sum0_0[3], sum0_1[3], sum0_2[3], sum0_3[3]);
    let outRow = firstRow + (myQuad + 0u) * 4u + 3u;
    let outColumn = column0;
    if ((outRow < p.rows) & (outColumn < p.columns)) {
      let o = g * p.rows + outRow;
      let to = (outColumn / p.plane * p.outputs + o) * p.planeQuads + outColumn % p.plane / 4u;
      let sum = value + bias[o];
      y[to] = vec4f(activate(sum[0]), activate(sum[1]), activate(sum[2]), activate(sum[3]));
    }
  }
}
