struct Params {
  count: u32,
  height: i32,
  width: i32,
  outHeight: u32,
  outWidth: u32,
  top: i32,
  channels: u32,
  quads: u32,
  frequencies: u32,
  tilesX: u32,
  tilesY: u32,
  tiles: u32,
  left: i32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> p: Params;

fn transformPatch(d: array<vec4f, 6>) -> array<vec4f, 6> {
  let even1 = d[4] - 2.0 * d[2];
  let odd1 = 0.7071067811865476 * (d[3] - 2.0 * d[1]);
  let even2 = d[4] - 0.5 * d[2];
  let odd2 = 1.4142135623730951 * (d[3] - 0.5 * d[1]);
  return array<vec4f, 6>(
    d[0] - 2.5 * d[2] + d[4],
    even1 + odd1,
    even1 - odd1,
    even2 + odd2,
    even2 - odd2,
    d[1] - 2.5 * d[3] + d[5],
  );
}

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = ((group.z * groups.y + group.y) * groups.x + group.x) * 16u + local;
  if (index >= p.count) {
    return;
  }
  let quad = index % p.quads;
  let c = index / p.quads;
  let outside = 0.0;
  var d: array<vec4f, 36>;
  let tile0 = min(quad * 4u + 0u, p.tiles - 1u);
  let left0 = i32(tile0 % p.tilesX) * 4 - p.left;
  let top0 = i32(tile0 / p.tilesX % p.tilesY) * 4 - p.top;
  let plane0 = i32(tile0 / p.tilesX / p.tilesY * p.channels + c) * p.height;
  let tile1 = min(quad * 4u + 1u, p.tiles - 1u);
  let left1 = i32(tile1 % p.tilesX) * 4 - p.left;
  let top1 = i32(tile1 / p.tilesX % p.tilesY) * 4 - p.top;
  let plane1 = i32(tile1 / p.tilesX / p.tilesY * p.channels + c) * p.height;
  let tile2 = min(quad * 4u + 2u, p.tiles - 1u);
  let left2 = i32(tile2 % p.tilesX) * 4 - p.left;
  let top2 = i32(tile2 / p.tilesX % p.tilesY) * 4 - p.top;
  let plane2 = i32(tile2 / p.tilesX / p.tilesY * p.channels + c) * p.height;
  let tile3 = min(quad * 4u + 3u, p.tiles - 1u);
  let left3 = i32(tile3 % p.tilesX) * 4 - p.left;
  let top3 = i32(tile3 / p.tilesX % p.tilesY) * 4 - p.top;
  let plane3 = i32(tile3 / p.tilesX / p.tilesY * p.channels + c) * p.height;
  for (var i = 0; i < 6; i++) {
    let y0 = top0 + i;
    let start0 = (plane0 + clamp(y0, 0, p.height - 1)) * p.width;
    let inside0 = (y0 >= 0) & (y0 < p.height);
    let y1 = top1 + i;
    let start1 = (plane1 + clamp(y1, 0, p.height - 1)) * p.width;
    let inside1 = (y1 >= 0) & (y1 < p.height);
    let y2 = top2 + i;
    let start2 = (plane2 + clamp(y2, 0, p.height - 1)) * p.width;
    let inside2 = (y2 >= 0) & (y2 < p.height);
    let y3 = top3 + i;
    let start3 = (plane3 + clamp(y3, 0, p.height - 1)) * p.width;
    let inside3 = (y3 >= 0) & (y3 < p.height);
    for (var j = 0; j < 6; j++) {
      let x0 = left0 + j;
      let v0 = select(outside, x[start0 + clamp(x0, 0, p.width - 1)], inside0 & (x0 >= 0) & (x0 < p.width));
      let x1 = left1 + j;
      let v1 = select(outside, x[start1 + clamp(x1, 0, p.width - 1)], inside1 & (x1 >= 0) & (x1 < p.width));
      let x2 = left2 + j;
      let v2 = select(outside, x[start2 + clamp(x2, 0, p.width - 1)], inside2 & (x2 >= 0) & (x2 < p.width));
      let x3 = left3 + j;
      let v3 = select(outside, x[start3 + clamp(x3, 0, p.width - 1)], inside3 & (x3 >= 0) & (x3 < p.width));
      d[i * 6 + j] = vec4f(v0, v1, v2, v3);
    }
  }
  let c0 = transformPatch(array<vec4f, 6>(d[0], d[6], d[12], d[18], d[24], d[30]));
  let c1 = transformPatch(array<vec4f, 6>(d[1], d[7], d[13], d[19], d[25], d[31]));
  let c2 = transformPatch(array<vec4f, 6>(d[2], d[8], d[14], d[20], d[26], d[32]));
  let c3 = transformPatch(array<vec4f, 6>(d[3], d[9], d[15], d[21], d[27], d[33]));
  let c4 = transformPatch(array<vec4f, 6>(d[4], d[10], d[16], d[22], d[28], d[34]));
  let c5 = transformPatch(array<vec4f, 6>(d[5], d[11], d[17], d[23], d[29], d[35]));
  let r0 = transformPatch(array<vec4f, 6>(c0[0], c1[0], c2[0], c3[0], c4[0], c5[0]));
  let r1 = transformPatch(array<vec4f, 6>(c0[1], c1[1], c2[1], c3[1], c4[1], c5[1]));
  let r2 = transformPatch(array<vec4f, 6>(c0[2], c1[2], c2[2], c3[2], c4[2], c5[2]));
  let r3 = transformPatch(array<vec4f, 6>(c0[3], c1[3], c2[3], c3[3], c4[3], c5[3]));
  let r4 = transformPatch(array<vec4f, 6>(c0[4], c1[4], c2[4], c3[4], c4[4], c5[4]));
  let r5 = transformPatch(array<vec4f, 6>(c0[5], c1[5], c2[5], c3[5], c4[5], c5[5]));
  var result: array<vec4f, 36>;
  result[0] = r0[0];
  result[1] = r0[1];
  result[2] = r0[2];
  result[3] = r0[3];
  result[4] = r0[4];
  result[5] = r0[5];
  result[6] = r1[0];
  result[7] = r1[1];
  result[8] = r1[2];
  result[9] = r1[3];
  result[10] = r1[4];
  result[11] = r1[5];
  result[12] = r2[0];
  result[13] = r2[1];
  result[14] = r2[2];
  result[15] = r2[3];
  result[16] = r2[4];
  result[17] = r2[5];
  result[18] = r3[0];
  result[19] = r3[1];
  result[20] = r3[2];
  result[21] = r3[3];
  result[22] = r3[4];
  result[23] = r3[5];
  result[24] = r4[0];
  result[25] = r4[1];
  result[26] = r4[2];
  result[27] = r4[3];
  result[28] = r4[4];
  result[29] = r4[5];
  result[30] = r5[0];
  result[31] = r5[1];
  result[32] = r5[2];
  result[33] = r5[3];
  result[34] = r5[4];
  result[35] = r5[5];
  for (var f = 0u; f < p.frequencies; f++) {
    y[(f * p.channels + c) * p.quads + quad] = result[f];
  }
}

enable subgroups;

struct Params {
  count: u32,
  depth: u32,
  rows: u32,
  rowQuads: u32,
  columnQuads: u32,
  tilesM: u32,
  tilesN: u32,
  results: u32,
}

@group(0) @binding(0) var<storage, read> weights: array<vec4f>;
@group(0) @binding(1) var<storage, read> patches: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let index = (group.z * groups.y + group.y) * groups.x + group.x;
  if (index >= p.count) {
    return;
  }
  let column = index % p.tilesN * 4u;
  let row = index / p.tilesN % p.tilesM * 64u;
  let f = index / p.tilesN / p.tilesM;
  var a: array<vec4f, 4>;
  var b: array<vec4f, 1>;
  var toSpread: array<u32, 2>;
  var toShared: array<u32, 1>;
  for (var i = 0u; i < 2u; i++) {
    let quad = i * 8u + lane;
    toSpread[i] = f * p.depth * p.rowQuads + min(row / 4u + quad, p.rowQuads - 1u);
  }
  for (var i = 0u; i < 1u; i++) {
    let quad = (i * 8u + lane) % 1u;
    let start = f * p.depth * p.columnQuads + min(column / 4u + quad, p.columnQuads - 1u);
    toShared[i] = start + (i * 8u + lane) / 1u * p.columnQuads;
  }
  var a0_0 = vec4f();
  var a0_1 = vec4f();
  var a1_0 = vec4f();
  var a1_1 = vec4f();
  var a2_0 = vec4f();
  var a2_1 = vec4f();
  var a3_0 = vec4f();
  var a3_1 = vec4f();
  for (var first = 0u; first < p.depth; first += 2u) {
    for (var i = 0u; i < 4u; i++) {
      let quad = i % 2u * 8u + lane;
      let at = toSpread[i % 2u] + i / 2u * p.rowQuads;
      a[i] = weights[at];
    }
    for (var i = 0u; i < 2u; i++) {
      toSpread[i] += 2u * p.rowQuads;
    }
    for (var i = 0u; i < 1u; i++) {
      let quad = (i * 8u + lane) % 1u;
      let at = toShared[i];
      b[i] = patches[at];
      toShared[i] += 2u * p.columnQuads;
    }
    let s0_0 = subgroupBroadcast(b[0][0], 0u);
    let s0_1 = subgroupBroadcast(b[0][0], 1u);
    a0_0 += a[0] * s0_0;
    a0_0 += a[2] * s0_1;
    a0_1 += a[1] * s0_0;
    a0_1 += a[3] * s0_1;
    let s1_0 = subgroupBroadcast(b[0][1], 0u);
    let s1_1 = subgroupBroadcast(b[0][1], 1u);
    a1_0 += a[0] * s1_0;
    a1_0 += a[2] * s1_1;
    a1_1 += a[1] * s1_0;
    a1_1 += a[3] * s1_1;
    let s2_0 = subgroupBroadcast(b[0][2], 0u);
    let s2_1 = subgroupBroadcast(b[0][2], 1u);
    a2_0 += a[0] * s2_0;
    a2_0 += a[2] * s2_1;
    a2_1 += a[1] * s2_0;
    a2_1 += a[3] * s2_1;
    let s3_0 = subgroupBroadcast(b[0][3], 0u);
    let s3_1 = subgroupBroadcast(b[0][3], 1u);
    a3_0 += a[0] * s3_0;
    a3_0 += a[2] * s3_1;
    a3_1 += a[1] * s3_0;
    a3_1 += a[3] * s3_1;
  }
  var out: array<vec4f, 8>;
  out[0] = vec4f(a0_0[0], a1_0[0], a2_0[0], a3_0[0]);
  out[1] = vec4f(a0_0[1], a1_0[1], a2_0[1], a3_0[1]);
  out[2] = vec4f(a0_0[2], a1_0[2], a2_0[2], a3_0[2]);
  out[3] = vec4f(a0_0[3], a1_0[3], a2_0[3], a3_0[3]);
  out[4] = vec4f(a0_1[0], a1_1[0], a2_1[0], a3_1[0]);
  out[5] = vec4f(a0_1[1], a1_1[1], a2_1[1], a3_1[1]);
  out[6] = vec4f(a0_1[2], a1_1[2], a2_1[2], a3_1[2]);
  out[7] = vec4f(a0_1[3], a1_1[3], a2_1[3], a3_1[3]);
  for (var i = 0u; i < p.results; i++) {
    let r = (i / 4u % 2u * 8u + lane) * 4u + i % 4u;
    let quad = i / 8u;
    let value = out[i];
    if (row + r < p.rows && column / 4u + quad < p.columnQuads) {
      y[(f * p.rows + row + r) * p.columnQuads + column / 4u + quad] = value;
    }
  }
}

struct Params {
  count: u32,
  outHeight: u32,
  outputs: u32,
  tilesY: u32,
  quads: u32,
  frequencies: u32,
  outWidth: u32,
  tilesX: u32,
  tiles: u32,
  results: u32,
}

@group(0) @binding(0) var<storage, read> products: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

fn transformProducts(m: array<vec4f, 6>) -> array<vec4f, 4> {
  let even1 = m[1] + m[2];
  let odd1 = m[1] - m[2];
  let even2 = m[3] + m[4];
  let odd2 = m[3] - m[4];
  return array<vec4f, 4>(
    m[0] + even1 + even2,
    0.7071067811865476 * odd1 + 1.4142135623730951 * odd2,
    0.5 * even1 + 2.0 * even2,
    0.35355339059327384 * odd1 + 2.8284271247461907 * odd2 + m[5],
  );
}
fn activate(x: f32) -> f32 {
  return max(x, 0.0);
}

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = ((group.z * groups.y + group.y) * groups.x + group.x) * 16u + local;
  if (index >= p.count) {
    return;
  }
  let quad = index % p.quads;
  let o = index / p.quads;
  var d: array<vec4f, 36>;
  for (var f = 0u; f < p.frequencies; f++) {
    d[f] = products[(f * p.outputs + o) * p.quads + quad];
  }
  let c0 = transformProducts(array<vec4f, 6>(d[0], d[6], d[12], d[18], d[24], d[30]));
  let c1 = transformProducts(array<vec4f, 6>(d[1], d[7], d[13], d[19], d[25], d[31]));
  let c2 = transformProducts(array<vec4f, 6>(d[2], d[8], d[14], d[20], d[26], d[32]));
  let c3 = transformProducts(array<vec4f, 6>(d[3], d[9], d[15], d[21], d[27], d[33]));
  let c4 = transformProducts(array<vec4f, 6>(d[4], d[10], d[16], d[22], d[28], d[34]));
  let c5 = transformProducts(array<vec4f, 6>(d[5], d[11], d[17], d[23], d[29], d[35]));
  let r0 = transformProducts(array<vec4f, 6>(c0[0], c1[0], c2[0], c3[0], c4[0], c5[0]));
  let r1 = transformProducts(array<vec4f, 6>(c0[1], c1[1], c2[1], c3[1], c4[1], c5[1]));
  let r2 = transformProducts(array<vec4f, 6>(c0[2], c1[2], c2[2], c3[2], c4[2], c5[2]));
  let r3 = transformProducts(array<vec4f, 6>(c0[3], c1[3], c2[3], c3[3], c4[3], c5[3]));
  var out: array<vec4f, 16>;
  out[0] = r0[0];
  out[1] = r0[1];
  out[2] = r0[2];
  out[3] = r0[3];
  out[4] = r1[0];
  out[5] = r1[1];
  out[6] = r1[2];
  out[7] = r1[3];
  out[8] = r2[0];
  out[9] = r2[1];
  out[10] = r2[2];
  out[11] = r2[3];
  out[12] = r3[0];
  out[13] = r3[1];
  out[14] = r3[2];
  out[15] = r3[3];
  for (var e = 0u; e < p.results; e++) {
    let tile = quad * 4u + e % 4u;
    let column = tile % p.tilesX * 4u + e / 4u % 4u;
    let row = tile / p.tilesX % p.tilesY * 4u + e / 16u;
    let n = tile / p.tilesX / p.tilesY;
    if (tile < p.tiles && row < p.outHeight && column < p.outWidth) {
      let to = ((n * p.outputs + o) * p.outHeight + row) * p.outWidth + column;
      y[to] = activate(out[e / 4u][e % 4u]);
    }
  }
}
