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
  rowQuads: u32,
  tilesY: u32,
  rows: i32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> vectors: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> p: Params;

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
  let first = i32(quad % p.rowQuads) * 4;
  let last = p.width / 4 - 1;
  let line = quad / p.rowQuads;
  let top = i32(line % p.tilesY) * 4 - p.top;
  let plane = i32(line / p.tilesY * p.channels + c) * p.height;
  for (var i = 0; i < p.rows; i++) {
    let y = top + i;
    let inside = (y >= 0) & (y < p.height);
    let start = (plane + clamp(y, 0, p.height - 1)) * p.width;
    let at0 = first + 0;
    let v0 = select(vec4f(outside), vectors[start / 4 + min(at0, last)], inside & (at0 <= last));
    let at1 = first + 1;
    let v1 = select(vec4f(outside), vectors[start / 4 + min(at1, last)], inside & (at1 <= last));
    let at2 = first + 2;
    let v2 = select(vec4f(outside), vectors[start / 4 + min(at2, last)], inside & (at2 <= last));
    let at3 = first + 3;
    let v3 = select(vec4f(outside), vectors[start / 4 + min(at3, last)], inside & (at3 <= last));
    let before = select(outside, x[start + max(first * 4 - 1, 0)], inside & (first > 0) & (first <= last + 1));
    let after = select(outside, x[start + min(first * 4 + 16, p.width - 1)], inside & (first + 4 <= last));
    d[i * 6 + 0] = vec4f(before, v0.w, v1.w, v2.w);
    d[i * 6 + 1] = vec4f(v0.x, v1.x, v2.x, v3.x);
    d[i * 6 + 2] = vec4f(v0.y, v1.y, v2.y, v3.y);
    d[i * 6 + 3] = vec4f(v0.z, v1.z, v2.z, v3.z);
    d[i * 6 + 4] = vec4f(v0.w, v1.w, v2.w, v3.w);
    d[i * 6 + 5] = vec4f(v1.x, v2.x, v3.x, after);
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
  outHeight: u32,
  outWidth: u32,
  outputs: u32,
  planes: u32,
  tilesY: u32,
  together: u32,
  quads: u32,
  frequencies: u32,
}

@group(0) @binding(0) var<storage, read> products: array<vec4f>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> p: Params;

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
  let line = lane % p.tilesY;
  let plane = min(index * p.together + lane / p.tilesY, p.planes - 1u);
  let c = plane % p.outputs;
  let quad = plane / p.outputs * p.tilesY + line;
  var d: array<vec4f, 36>;
  for (var f = 0u; f < p.frequencies; f++) {
    d[f] = products[(f * p.outputs + c) * p.quads + quad];
  }
  {
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
  let row = line * 4u;
  let column0 = vec4u(0u, 4u, 8u, 12u) < vec4u(p.outWidth);
  let column1 = vec4u(1u, 5u, 9u, 13u) < vec4u(p.outWidth);
  let column2 = vec4u(2u, 6u, 10u, 14u) < vec4u(p.outWidth);
  let column3 = vec4u(3u, 7u, 11u, 15u) < vec4u(p.outWidth);
  let v00 = r0[0] + bias[c];
  let e10 = select(vec4f(), vec4f(activate(v00[0]), activate(v00[1]), activate(v00[2]), activate(v00[3])), column0 & vec4<bool>(row + 0u < p.outHeight));
  let v01 = r0[1] + bias[c];
  let e11 = select(vec4f(), vec4f(activate(v01[0]), activate(v01[1]), activate(v01[2]), activate(v01[3])), column1 & vec4<bool>(row + 0u < p.outHeight));
  let v02 = r0[2] + bias[c];
  let e12 = select(vec4f(), vec4f(activate(v02[0]), activate(v02[1]), activate(v02[2]), activate(v02[3])), column2 & vec4<bool>(row + 0u < p.outHeight));
  let v03 = r0[3] + bias[c];
  let e13 = select(vec4f(), vec4f(activate(v03[0]), activate(v03[1]), activate(v03[2]), activate(v03[3])), column3 & vec4<bool>(row + 0u < p.outHeight));
  let v10 = r1[0] + bias[c];
  let e20 = select(vec4f(), vec4f(activate(v10[0]), activate(v10[1]), activate(v10[2]), activate(v10[3])), column0 & vec4<bool>(row + 1u < p.outHeight));
  let v11 = r1[1] + bias[c];
  let e21 = select(vec4f(), vec4f(activate(v11[0]), activate(v11[1]), activate(v11[2]), activate(v11[3])), column1 & vec4<bool>(row + 1u < p.outHeight));
  let v12 = r1[2] + bias[c];
  let e22 = select(vec4f(), vec4f(activate(v12[0]), activate(v12[1]), activate(v12[2]), activate(v12[3])), column2 & vec4<bool>(row + 1u < p.outHeight));
  let v13 = r1[3] + bias[c];
  let e23 = select(vec4f(), vec4f(activate(v13[0]), activate(v13[1]), activate(v13[2]), activate(v13[3])), column3 & vec4<bool>(row + 1u < p.outHeight));
  let v20 = r2[0] + bias[c];
  let e30 = select(vec4f(), vec4f(activate(v20[0]), activate(v20[1]), activate(v20[2]), activate(v20[3])), column0 & vec4<bool>(row + 2u < p.outHeight));
  let v21 = r2[1] + bias[c];
  let e31 = select(vec4f(), vec4f(activate(v21[0]), activate(v21[1]), activate(v21[2]), activate(v21[3])), column1 & vec4<bool>(row + 2u < p.outHeight));
  let v22 = r2[2] + bias[c];
  let e32 = select(vec4f(), vec4f(activate(v22[0]), activate(v22[1]), activate(v22[2]), activate(v22[3])), column2 & vec4<bool>(row + 2u < p.outHeight));
  let v23 = r2[3] + bias[c];
  let e33 = select(vec4f(), vec4f(activate(v23[0]), activate(v23[1]), activate(v23[2]), activate(v23[3])), column3 & vec4<bool>(row + 2u < p.outHeight));
  let v30 = r3[0] + bias[c];
  let e40 = select(vec4f(), vec4f(activate(v30[0]), activate(v30[1]), activate(v30[2]), activate(v30[3])), column0 & vec4<bool>(row + 3u < p.outHeight));
  let v31 = r3[1] + bias[c];
  let e41 = select(vec4f(), vec4f(activate(v31[0]), activate(v31[1]), activate(v31[2]), activate(v31[3])), column1 & vec4<bool>(row + 3u < p.outHeight));
  let v32 = r3[2] + bias[c];
  let e42 = select(vec4f(), vec4f(activate(v32[0]), activate(v32[1]), activate(v32[2]), activate(v32[3])), column2 & vec4<bool>(row + 3u < p.outHeight));
  let v33 = r3[3] + bias[c];
  let e43 = select(vec4f(), vec4f(activate(v33[0]), activate(v33[1]), activate(v33[2]), activate(v33[3])), column3 & vec4<bool>(row + 3u < p.outHeight));
  let above0 = subgroupShuffle(e40, lane - min(lane, 1u));
  let below0 = subgroupShuffle(e10, min(lane + 1u, 7u));
  let e00 = select(vec4f(), above0, line > 0u);
  let e50 = select(vec4f(), below0, line + 1u < p.tilesY);
  let above1 = subgroupShuffle(e41, lane - min(lane, 1u));
  let below1 = subgroupShuffle(e11, min(lane + 1u, 7u));
  let e01 = select(vec4f(), above1, line > 0u);
  let e51 = select(vec4f(), below1, line + 1u < p.tilesY);
  let above2 = subgroupShuffle(e42, lane - min(lane, 1u));
  let below2 = subgroupShuffle(e12, min(lane + 1u, 7u));
  let e02 = select(vec4f(), above2, line > 0u);
  let e52 = select(vec4f(), below2, line + 1u < p.tilesY);
  let above3 = subgroupShuffle(e43, lane - min(lane, 1u));
  let below3 = subgroupShuffle(e13, min(lane + 1u, 7u));
  let e03 = select(vec4f(), above3, line > 0u);
  let e53 = select(vec4f(), below3, line + 1u < p.tilesY);
  d[0] = vec4f(0.0, e03.xyz);
  d[1] = e00;
  d[2] = e01;
  d[3] = e02;
  d[4] = e03;
  d[5] = vec4f(e00.yzw, 0.0);
  d[6] = vec4f(0.0, e13.xyz);
  d[7] = e10;
  d[8] = e11;
  d[9] = e12;
  d[10] = e13;
  d[11] = vec4f(e10.yzw, 0.0);
  d[12] = vec4f(0.0, e23.xyz);
  d[13] = e20;
  d[14] = e21;
  d[15] = e22;
  d[16] = e23;
  d[17] = vec4f(e20.yzw, 0.0);
  d[18] = vec4f(0.0, e33.xyz);
  d[19] = e30;
  d[20] = e31;
  d[21] = e32;
  d[22] = e33;
  d[23] = vec4f(e30.yzw, 0.0);
  d[24] = vec4f(0.0, e43.xyz);
  d[25] = e40;
  d[26] = e41;
  d[27] = e42;
  d[28] = e43;
  d[29] = vec4f(e40.yzw, 0.0);
  d[30] = vec4f(0.0, e53.xyz);
  d[31] = e50;
  d[32] = e51;
  d[33] = e52;
  d[34] = e53;
  d[35] = vec4f(e50.yzw, 0.0);
  }
  if (lane < p.together * p.tilesY) {
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
    y[(f * p.outputs + c) * p.quads + quad] = result[f];
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
  outQuads: u32,
  rowQuads: u32,
  results: u32,
}

@group(0) @binding(0) var<storage, read> products: array<vec4f>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> p: Params;

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
  let first = quad % p.rowQuads * 4u;
  let line = quad / p.rowQuads;
  var out: array<vec4f, 16>;
  out[0] = vec4f(r0[0][0], r0[1][0], r0[2][0], r0[3][0]);
  out[1] = vec4f(r1[0][0], r1[1][0], r1[2][0], r1[3][0]);
  out[2] = vec4f(r2[0][0], r2[1][0], r2[2][0], r2[3][0]);
  out[3] = vec4f(r3[0][0], r3[1][0], r3[2][0], r3[3][0]);
  out[4] = vec4f(r0[0][1], r0[1][1], r0[2][1], r0[3][1]);
  out[5] = vec4f(r1[0][1], r1[1][1], r1[2][1], r1[3][1]);
  out[6] = vec4f(r2[0][1], r2[1][1], r2[2][1], r2[3][1]);
  out[7] = vec4f(r3[0][1], r3[1][1], r3[2][1], r3[3][1]);
  out[8] = vec4f(r0[0][2], r0[1][2], r0[2][2], r0[3][2]);
  out[9] = vec4f(r1[0][2], r1[1][2], r1[2][2], r1[3][2]);
  out[10] = vec4f(r2[0][2], r2[1][2], r2[2][2], r2[3][2]);
  out[11] = vec4f(r3[0][2], r3[1][2], r3[2][2], r3[3][2]);
  out[12] = vec4f(r0[0][3], r0[1][3], r0[2][3], r0[3][3]);
  out[13] = vec4f(r1[0][3], r1[1][3], r1[2][3], r1[3][3]);
  out[14] = vec4f(r2[0][3], r2[1][3], r2[2][3], r2[3][3]);
  out[15] = vec4f(r3[0][3], r3[1][3], r3[2][3], r3[3][3]);
  for (var e = 0u; e < p.results; e++) {
    let row = line % p.tilesY * 4u + e % 4u;
    let column = first + e / 4u;
    if (row < p.outHeight && column < p.outQuads) {
      let to = ((line / p.tilesY * p.outputs + o) * p.outHeight + row) * p.outQuads + column;
      let sum = out[e] + bias[o];
      y[to] = vec4f(activate(sum[0]), activate(sum[1]), activate(sum[2]), activate(sum[3]));
    }
  }
}
