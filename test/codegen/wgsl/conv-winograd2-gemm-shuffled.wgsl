enable subgroups;

struct Params {
  count: u32,
  rows: u32,
  columns: u32,
  depth: u32,
  one: u32,
  rowQuads: u32,
  stride: u32,
  tilesM: u32,
  tilesN: u32,
}

@group(0) @binding(0) var<storage, read> weights: array<vec4f>;
@group(0) @binding(1) var<storage, read> patches: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> p: Params;

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
  let firstLane = lane / 4u * 4u;
  let number = atomicAdd(&numbered, select(0u, 1u, lane == firstLane));
  let local = subgroupShuffle(number, firstLane) * 4u + lane - firstLane;
  let firstColumn = index % p.tilesN * 32u;
  let firstRow = index / p.tilesN % p.tilesM * 32u;
  let f = index / p.tilesN / p.tilesM;
  let begin = 0u;
  let end = p.depth;
  let myColumn = local % 8u;
  let myQuad = local / 8u * 1u;
  let column0 = firstColumn + (myColumn + 0u) * 4u;
  var at0: u32;
  {
    let column = min(column0, (p.columns - 1u) / 4u * 4u);
    at0 = f * p.depth * (p.stride / 4u) + column / 4u;
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
      rows0_0 = weights[(f * p.depth + k) * p.rowQuads + min(firstRow / 4u + quad, p.rowQuads - 1u)];
    }
    var rows1_0: vec4f;
    {
      let quad = myQuad + 0u;
      let k = min(first + 4u + lane - firstLane, p.depth - 1u);
      rows1_0 = weights[(f * p.depth + k) * p.rowQuads + min(firstRow / 4u + quad, p.rowQuads - 1u)];
    }
    var rows2_0: vec4f;
    {
      let quad = myQuad + 0u;
      let k = min(first + 8u + lane - firstLane, p.depth - 1u);
      rows2_0 = weights[(f * p.depth + k) * p.rowQuads + min(firstRow / 4u + quad, p.rowQuads - 1u)];
    }
    var rows3_0: vec4f;
    {
      let quad = myQuad + 0u;
      let k = min(first + 12u + lane - firstLane, p.depth - 1u);
      rows3_0 = weights[(f * p.depth + k) * p.rowQuads + min(firstRow / 4u + quad, p.rowQuads - 1u)];
    }
    for (var c = 0u; c < 4u; c++) {
      let k = first + 0u + c;
      let a0 = subgroupShuffle(rows0_0, firstLane + c);
      let b0 = select(vec4f(), patches[at0 + min(k, p.depth - 1u) * (p.stride / 4u)], k < p.depth);
      sum0_0 += a0 * b0[0];
      sum0_1 += a0 * b0[1];
      sum0_2 += a0 * b0[2];
      sum0_3 += a0 * b0[3];
    }
    for (var c = 0u; c < 4u; c++) {
      let k = first + 4u + c;
      let a0 = subgroupShuffle(rows1_0, firstLane + c);
      let b0 = select(vec4f(), patches[at0 + min(k, p.depth - 1u) * (p.stride / 4u)], k < p.depth);
      sum0_0 += a0 * b0[0];
      sum0_1 += a0 * b0[1];
      sum0_2 += a0 * b0[2];
      sum0_3 += a0 * b0[3];
    }
    for (var c = 0u; c < 4u; c++) {
      let k = first + 8u + c;
      let a0 = subgroupShuffle(rows2_0, firstLane + c);
      let b0 = select(vec4f(), patches[at0 + min(k, p.depth - 1u) * (p.stride / 4u)], k < p.depth);
      sum0_0 += a0 * b0[0];
      sum0_1 += a0 * b0[1];
      sum0_2 += a0 * b0[2];
      sum0_3 += a0 * b0[3];
    }
    for (var c = 0u; c < 4u; c++) {
      let k = first + 12u + c;
      let a0 = subgroupShuffle(rows3_0, firstLane + c);
      let b0 = select(vec4f(), patches[at0 + min(k, p.depth - 1u) * (p.stride / 4u)], k < p.depth);
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
      y[(f * p.rows + outRow) * (p.stride / 4u) + outColumn / 4u] = value;
    }
  }
  {
    let value = vec4f(sum0_0[1], sum0_1[1], sum0_2[1], sum0_3[1]);
    let outRow = firstRow + (myQuad + 0u) * 4u + 1u;
    let outColumn = column0;
    if ((outRow < p.rows) & (outColumn < p.columns)) {
      y[(f * p.rows + outRow) * (p.stride / 4u) + outColumn / 4u] = value;
    }
  }
  {
    let value = vec4f(sum0_0[2], sum0_1[2], sum0_2[2], sum0_3[2]);
    let outRow = firstRow + (myQuad + 0u) * 4u + 2u;
    let outColumn = column0;
    if ((outRow < p.rows) & (outColumn < p.columns)) {
      y[(f * p.rows + outRow) * (p.stride / 4u) + outColumn / 4u] = value;
    }
  }
  {
    let value = vec4f(sum0_0[3], sum0_1[3], sum0_2[3], sum0_3[3]);
    let outRow = firstRow + (myQuad + 0u) * 4u + 3u;
    let outColumn = column0;
    if ((outRow < p.rows) & (outColumn < p.columns)) {
      y[(f * p.rows + outRow) * (p.stride / 4u) + outColumn / 4u] = value;
    }
  }
}
