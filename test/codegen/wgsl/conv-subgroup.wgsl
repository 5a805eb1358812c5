enable subgroups;

struct Params {
  count: u32,
  height: i32,
  width: i32,
  outHeight: u32,
  outWidth: u32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  top: i32,
  left: i32,
  channels: u32,
  outputs: u32,
  perGroup: u32,
  outputsPerGroup: u32,
  tilesX: u32,
  tilesY: u32,
  tilesM: u32,
  pixelTiles: u32,
  lastQuad: u32,
  results: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

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
  let tile = index % p.tilesM;
  let place = index / p.tilesM * 8u + lane;
  let pixel = min(place, p.pixelTiles - 1u);
  let column = pixel % p.tilesX * 4u;
  let row = pixel / p.tilesX % p.tilesY * 2u;
  let n = pixel / p.tilesX / p.tilesY;
  let channel = tile * 8u / p.outputsPerGroup * p.perGroup;
  let left = i32(column) * 2 - p.left;
  let top = i32(row) * 2 - p.top;
  var plane = i32(n * p.channels + channel) * p.height * p.width;
  var w: array<vec4f, 3>;
  var a0_0 = vec4f();
  var a0_1 = vec4f();
  var a1_0 = vec4f();
  var a1_1 = vec4f();
  var a2_0 = vec4f();
  var a2_1 = vec4f();
  var a3_0 = vec4f();
  var a3_1 = vec4f();
  var a4_0 = vec4f();
  var a4_1 = vec4f();
  var a5_0 = vec4f();
  var a5_1 = vec4f();
  var a6_0 = vec4f();
  var a6_1 = vec4f();
  var a7_0 = vec4f();
  var a7_1 = vec4f();
  for (var c = 0u; c < p.perGroup; c++) {
    let outside = 0.0;
    for (var i = 0u; i < 3u; i++) {
      let at = i * 8u + lane;
      let quad = min(tile * 2u + at / 9u, p.lastQuad);
      w[i] = weights[(quad * p.perGroup + c) * 9u + at % 9u];
    }
    let y0 = top + 0;
    let inside0 = y0 >= 0 && y0 < p.height;
    let start0 = plane + clamp(y0, 0, p.height - 1) * p.width;
    let v0_0 = select(outside, x[start0 + clamp(left + 0, 0, p.width - 1)], inside0 && left + 0 >= 0 && left + 0 < p.width);
    let v0_1 = select(outside, x[start0 + clamp(left + 1, 0, p.width - 1)], inside0 && left + 1 >= 0 && left + 1 < p.width);
    let v0_2 = select(outside, x[start0 + clamp(left + 2, 0, p.width - 1)], inside0 && left + 2 >= 0 && left + 2 < p.width);
    let v0_3 = select(outside, x[start0 + clamp(left + 3, 0, p.width - 1)], inside0 && left + 3 >= 0 && left + 3 < p.width);
    let v0_4 = select(outside, x[start0 + clamp(left + 4, 0, p.width - 1)], inside0 && left + 4 >= 0 && left + 4 < p.width);
    let v0_5 = select(outside, x[start0 + clamp(left + 5, 0, p.width - 1)], inside0 && left + 5 >= 0 && left + 5 < p.width);
    let v0_6 = select(outside, x[start0 + clamp(left + 6, 0, p.width - 1)], inside0 && left + 6 >= 0 && left + 6 < p.width);
    let v0_7 = select(outside, x[start0 + clamp(left + 7, 0, p.width - 1)], inside0 && left + 7 >= 0 && left + 7 < p.width);
    let v0_8 = select(outside, x[start0 + clamp(left + 8, 0, p.width - 1)], inside0 && left + 8 >= 0 && left + 8 < p.width);
    let y1 = top + 1;
    let inside1 = y1 >= 0 && y1 < p.height;
    let start1 = plane + clamp(y1, 0, p.height - 1) * p.width;
    let v1_0 = select(outside, x[start1 + clamp(left + 0, 0, p.width - 1)], inside1 && left + 0 >= 0 && left + 0 < p.width);
    let v1_1 = select(outside, x[start1 + clamp(left + 1, 0, p.width - 1)], inside1 && left + 1 >= 0 && left + 1 < p.width);
    let v1_2 = select(outside, x[start1 + clamp(left + 2, 0, p.width - 1)], inside1 && left + 2 >= 0 && left + 2 < p.width);
    let v1_3 = select(outside, x[start1 + clamp(left + 3, 0, p.width - 1)], inside1 && left + 3 >= 0 && left + 3 < p.width);
    let v1_4 = select(outside, x[start1 + clamp(left + 4, 0, p.width - 1)], inside1 && left + 4 >= 0 && left + 4 < p.width);
    let v1_5 = select(outside, x[start1 + clamp(left + 5, 0, p.width - 1)], inside1 && left + 5 >= 0 && left + 5 < p.width);
    let v1_6 = select(outside, x[start1 + clamp(left + 6, 0, p.width - 1)], inside1 && left + 6 >= 0 && left + 6 < p.width);
    let v1_7 = select(outside, x[start1 + clamp(left + 7, 0, p.width - 1)], inside1 && left + 7 >= 0 && left + 7 < p.width);
    let v1_8 = select(outside, x[start1 + clamp(left + 8, 0, p.width - 1)], inside1 && left + 8 >= 0 && left + 8 < p.width);
    let y2 = top + 2;
    let inside2 = y2 >= 0 && y2 < p.height;
    let start2 = plane + clamp(y2, 0, p.height - 1) * p.width;
    let v2_0 = select(outside, x[start2 + clamp(left + 0, 0, p.width - 1)], inside2 && left + 0 >= 0 && left + 0 < p.width);
    let v2_1 = select(outside, x[start2 + clamp(left + 1, 0, p.width - 1)], inside2 && left + 1 >= 0 && left + 1 < p.width);
    let v2_2 = select(outside, x[start2 + clamp(left + 2, 0, p.width - 1)], inside2 && left + 2 >= 0 && left + 2 < p.width);
    let v2_3 = select(outside, x[start2 + clamp(left + 3, 0, p.width - 1)], inside2 && left + 3 >= 0 && left + 3 < p.width);
    let v2_4 = select(outside, x[start2 + clamp(left + 4, 0, p.width - 1)], inside2 && left + 4 >= 0 && left + 4 < p.width);
    let v2_5 = select(outside, x[start2 + clamp(left + 5, 0, p.width - 1)], inside2 && left + 5 >= 0 && left + 5 < p.width);
    let v2_6 = select(outside, x[start2 + clamp(left + 6, 0, p.width - 1)], inside2 && left + 6 >= 0 && left + 6 < p.width);
    let v2_7 = select(outside, x[start2 + clamp(left + 7, 0, p.width - 1)], inside2 && left + 7 >= 0 && left + 7 < p.width);
    let v2_8 = select(outside, x[start2 + clamp(left + 8, 0, p.width - 1)], inside2 && left + 8 >= 0 && left + 8 < p.width);
    let y3 = top + 3;
    let inside3 = y3 >= 0 && y3 < p.height;
    let start3 = plane + clamp(y3, 0, p.height - 1) * p.width;
    let v3_0 = select(outside, x[start3 + clamp(left + 0, 0, p.width - 1)], inside3 && left + 0 >= 0 && left + 0 < p.width);
    let v3_1 = select(outside, x[start3 + clamp(left + 1, 0, p.width - 1)], inside3 && left + 1 >= 0 && left + 1 < p.width);
    let v3_2 = select(outside, x[start3 + clamp(left + 2, 0, p.width - 1)], inside3 && left + 2 >= 0 && left + 2 < p.width);
    let v3_3 = select(outside, x[start3 + clamp(left + 3, 0, p.width - 1)], inside3 && left + 3 >= 0 && left + 3 < p.width);
    let v3_4 = select(outside, x[start3 + clamp(left + 4, 0, p.width - 1)], inside3 && left + 4 >= 0 && left + 4 < p.width);
    let v3_5 = select(outside, x[start3 + clamp(left + 5, 0, p.width - 1)], inside3 && left + 5 >= 0 && left + 5 < p.width);
    let v3_6 = select(outside, x[start3 + clamp(left + 6, 0, p.width - 1)], inside3 && left + 6 >= 0 && left + 6 < p.width);
    let v3_7 = select(outside, x[start3 + clamp(left + 7, 0, p.width - 1)], inside3 && left + 7 >= 0 && left + 7 < p.width);
    let v3_8 = select(outside, x[start3 + clamp(left + 8, 0, p.width - 1)], inside3 && left + 8 >= 0 && left + 8 < p.width);
    let y4 = top + 4;
    let inside4 = y4 >= 0 && y4 < p.height;
    let start4 = plane + clamp(y4, 0, p.height - 1) * p.width;
    let v4_0 = select(outside, x[start4 + clamp(left + 0, 0, p.width - 1)], inside4 && left + 0 >= 0 && left + 0 < p.width);
    let v4_1 = select(outside, x[start4 + clamp(left + 1, 0, p.width - 1)], inside4 && left + 1 >= 0 && left + 1 < p.width);
    let v4_2 = select(outside, x[start4 + clamp(left + 2, 0, p.width - 1)], inside4 && left + 2 >= 0 && left + 2 < p.width);
    let v4_3 = select(outside, x[start4 + clamp(left + 3, 0, p.width - 1)], inside4 && left + 3 >= 0 && left + 3 < p.width);
    let v4_4 = select(outside, x[start4 + clamp(left + 4, 0, p.width - 1)], inside4 && left + 4 >= 0 && left + 4 < p.width);
    let v4_5 = select(outside, x[start4 + clamp(left + 5, 0, p.width - 1)], inside4 && left + 5 >= 0 && left + 5 < p.width);
    let v4_6 = select(outside, x[start4 + clamp(left + 6, 0, p.width - 1)], inside4 && left + 6 >= 0 && left + 6 < p.width);
    let v4_7 = select(outside, x[start4 + clamp(left + 7, 0, p.width - 1)], inside4 && left + 7 >= 0 && left + 7 < p.width);
    let v4_8 = select(outside, x[start4 + clamp(left + 8, 0, p.width - 1)], inside4 && left + 8 >= 0 && left + 8 < p.width);
    plane += p.height * p.width;
    let w0_0 = subgroupBroadcast(w[0][0], 0u);
    let w0_1 = subgroupBroadcast(w[0][0], 1u);
    let w0_2 = subgroupBroadcast(w[0][0], 2u);
    let w0_3 = subgroupBroadcast(w[0][0], 3u);
    let w0_4 = subgroupBroadcast(w[0][0], 4u);
    let w0_5 = subgroupBroadcast(w[0][0], 5u);
    let w0_6 = subgroupBroadcast(w[0][0], 6u);
    let w0_7 = subgroupBroadcast(w[0][0], 7u);
    let w0_8 = subgroupBroadcast(w[1][0], 0u);
    a0_0 += vec4f(v0_0, v0_2, v0_4, v0_6) * w0_0 + vec4f(v0_1, v0_3, v0_5, v0_7) * w0_1 + vec4f(v0_2, v0_4, v0_6, v0_8) * w0_2 + vec4f(v1_0, v1_2, v1_4, v1_6) * w0_3 + vec4f(v1_1, v1_3, v1_5, v1_7) * w0_4 + vec4f(v1_2, v1_4, v1_6, v1_8) * w0_5 + vec4f(v2_0, v2_2, v2_4, v2_6) * w0_6 + vec4f(v2_1, v2_3, v2_5, v2_7) * w0_7 + vec4f(v2_2, v2_4, v2_6, v2_8) * w0_8;
    a0_1 += vec4f(v2_0, v2_2, v2_4, v2_6) * w0_0 + vec4f(v2_1, v2_3, v2_5, v2_7) * w0_1 + vec4f(v2_2, v2_4, v2_6, v2_8) * w0_2 + vec4f(v3_0, v3_2, v3_4, v3_6) * w0_3 + vec4f(v3_1, v3_3, v3_5, v3_7) * w0_4 + vec4f(v3_2, v3_4, v3_6, v3_8) * w0_5 + vec4f(v4_0, v4_2, v4_4, v4_6) * w0_6 + vec4f(v4_1, v4_3, v4_5, v4_7) * w0_7 + vec4f(v4_2, v4_4, v4_6, v4_8) * w0_8;
    let w1_0 = subgroupBroadcast(w[0][1], 0u);
    let w1_1 = subgroupBroadcast(w[0][1], 1u);
    let w1_2 = subgroupBroadcast(w[0][1], 2u);
    let w1_3 = subgroupBroadcast(w[0][1], 3u);
    let w1_4 = subgroupBroadcast(w[0][1], 4u);
    let w1_5 = subgroupBroadcast(w[0][1], 5u);
    let w1_6 = subgroupBroadcast(w[0][1], 6u);
    let w1_7 = subgroupBroadcast(w[0][1], 7u);
    let w1_8 = subgroupBroadcast(w[1][1], 0u);
    a1_0 += vec4f(v0_0, v0_2, v0_4, v0_6) * w1_0 + vec4f(v0_1, v0_3, v0_5, v0_7) * w1_1 + vec4f(v0_2, v0_4, v0_6, v0_8) * w1_2 + vec4f(v1_0, v1_2, v1_4, v1_6) * w1_3 + vec4f(v1_1, v1_3, v1_5, v1_7) * w1_4 + vec4f(v1_2, v1_4, v1_6, v1_8) * w1_5 + vec4f(v2_0, v2_2, v2_4, v2_6) * w1_6 + vec4f(v2_1, v2_3, v2_5, v2_7) * w1_7 + vec4f(v2_2, v2_4, v2_6, v2_8) * w1_8;
    a1_1 += vec4f(v2_0, v2_2, v2_4, v2_6) * w1_0 + vec4f(v2_1, v2_3, v2_5, v2_7) * w1_1 + vec4f(v2_2, v2_4, v2_6, v2_8) * w1_2 + vec4f(v3_0, v3_2, v3_4, v3_6) * w1_3 + vec4f(v3_1, v3_3, v3_5, v3_7) * w1_4 + vec4f(v3_2, v3_4, v3_6, v3_8) * w1_5 + vec4f(v4_0, v4_2, v4_4, v4_6) * w1_6 + vec4f(v4_1, v4_3, v4_5, v4_7) * w1_7 + vec4f(v4_2, v4_4, v4_6, v4_8) * w1_8;
    let w2_0 = subgroupBroadcast(w[0][2], 0u);
    let w2_1 = subgroupBroadcast(w[0][2], 1u);
    let w2_2 = subgroupBroadcast(w[0][2], 2u);
    let w2_3 = subgroupBroadcast(w[0][2], 3u);
    let w2_4 = subgroupBroadcast(w[0][2], 4u);
    let w2_5 = subgroupBroadcast(w[0][2], 5u);
    let w2_6 = subgroupBroadcast(w[0][2], 6u);
    let w2_7 = subgroupBroadcast(w[0][2], 7u);
    let w2_8 = subgroupBroadcast(w[1][2], 0u);
    a2_0 += vec4f(v0_0, v0_2, v0_4, v0_6) * w2_0 + vec4f(v0_1, v0_3, v0_5, v0_7) * w2_1 + vec4f(v0_2, v0_4, v0_6, v0_8) * w2_2 + vec4f(v1_0, v1_2, v1_4, v1_6) * w2_3 + vec4f(v1_1, v1_3, v1_5, v1_7) * w2_4 + vec4f(v1_2, v1_4, v1_6, v1_8) * w2_5 + vec4f(v2_0, v2_2, v2_4, v2_6) * w2_6 + vec4f(v2_1, v2_3, v2_5, v2_7) * w2_7 + vec4f(v2_2, v2_4, v2_6, v2_8) * w2_8;
    a2_1 += vec4f(v2_0, v2_2, v2_4, v2_6) * w2_0 + vec4f(v2_1, v2_3, v2_5, v2_7) * w2_1 + vec4f(v2_2, v2_4, v2_6, v2_8) * w2_2 + vec4f(v3_0, v3_2, v3_4, v3_6) * w2_3 + vec4f(v3_1, v3_3, v3_5, v3_7) * w2_4 + vec4f(v3_2, v3_4, v3_6, v3_8) * w2_5 + vec4f(v4_0, v4_2, v4_4, v4_6) * w2_6 + vec4f(v4_1, v4_3, v4_5, v4_7) * w2_7 + vec4f(v4_2, v4_4, v4_6, v4_8) * w2_8;
    let w3_0 = subgroupBroadcast(w[0][3], 0u);
    let w3_1 = subgroupBroadcast(w[0][3], 1u);
    let w3_2 = subgroupBroadcast(w[0][3], 2u);
    let w3_3 = subgroupBroadcast(w[0][3], 3u);
    let w3_4 = subgroupBroadcast(w[0][3], 4u);
    let w3_5 = subgroupBroadcast(w[0][3], 5u);
    let w3_6 = subgroupBroadcast(w[0][3], 6u);
    let w3_7 = subgroupBroadcast(w[0][3], 7u);
    let w3_8 = subgroupBroadcast(w[1][3], 0u);
    a3_0 += vec4f(v0_0, v0_2, v0_4, v0_6) * w3_0 + vec4f(v0_1, v0_3, v0_5, v0_7) * w3_1 + vec4f(v0_2, v0_4, v0_6, v0_8) * w3_2 + vec4f(v1_0, v1_2, v1_4, v1_6) * w3_3 + vec4f(v1_1, v1_3, v1_5, v1_7) * w3_4 + vec4f(v1_2, v1_4, v1_6, v1_8) * w3_5 + vec4f(v2_0, v2_2, v2_4, v2_6) * w3_6 + vec4f(v2_1, v2_3, v2_5, v2_7) * w3_7 + vec4f(v2_2, v2_4, v2_6, v2_8) * w3_8;
    a3_1 += vec4f(v2_0, v2_2, v2_4, v2_6) * w3_0 + vec4f(v2_1, v2_3, v2_5, v2_7) * w3_1 + vec4f(v2_2, v2_4, v2_6, v2_8) * w3_2 + vec4f(v3_0, v3_2, v3_4, v3_6) * w3_3 + vec4f(v3_1, v3_3, v3_5, v3_7) * w3_4 + vec4f(v3_2, v3_4, v3_6, v3_8) * w3_5 + vec4f(v4_0, v4_2, v4_4, v4_6) * w3_6 + vec4f(v4_1, v4_3, v4_5, v4_7) * w3_7 + vec4f(v4_2, v4_4, v4_6, v4_8) * w3_8;
    let w4_0 = subgroupBroadcast(w[1][0], 1u);
    let w4_1 = subgroupBroadcast(w[1][0], 2u);
    let w4_2 = subgroupBroadcast(w[1][0], 3u);
    let w4_3 = subgroupBroadcast(w[1][0], 4u);
    let w4_4 = subgroupBroadcast(w[1][0], 5u);
    let w4_5 = subgroupBroadcast(w[1][0], 6u);
    let w4_6 = subgroupBroadcast(w[1][0], 7u);
    let w4_7 = subgroupBroadcast(w[2][0], 0u);
    let w4_8 = subgroupBroadcast(w[2][0], 1u);
    a4_0 += vec4f(v0_0, v0_2, v0_4, v0_6) * w4_0 + vec4f(v0_1, v0_3, v0_5, v0_7) * w4_1 + vec4f(v0_2, v0_4, v0_6, v0_8) * w4_2 + vec4f(v1_0, v1_2, v1_4, v1_6) * w4_3 + vec4f(v1_1, v1_3, v1_5, v1_7) * w4_4 + vec4f(v1_2, v1_4, v1_6, v1_8) * w4_5 + vec4f(v2_0, v2_2, v2_4, v2_6) * w4_6 + vec4f(v2_1, v2_3, v2_5, v2_7) * w4_7 + vec4f(v2_2, v2_4, v2_6, v2_8) * w4_8;
    a4_1 += vec4f(v2_0, v2_2, v2_4, v2_6) * w4_0 + vec4f(v2_1, v2_3, v2_5, v2_7) * w4_1 + vec4f(v2_2, v2_4, v2_6, v2_8) * w4_2 + vec4f(v3_0, v3_2, v3_4, v3_6) * w4_3 + vec4f(v3_1, v3_3, v3_5, v3_7) * w4_4 + vec4f(v3_2, v3_4, v3_6, v3_8) * w4_5 + vec4f(v4_0, v4_2, v4_4, v4_6) * w4_6 + vec4f(v4_1, v4_3, v4_5, v4_7) * w4_7 + vec4f(v4_2, v4_4, v4_6, v4_8) * w4_8;
    let w5_0 = subgroupBroadcast(w[1][1], 1u);
    let w5_1 = subgroupBroadcast(w[1][1], 2u);
    let w5_2 = subgroupBroadcast(w[1][1], 3u);
    let w5_3 = subgroupBroadcast(w[1][1], 4u);
    let w5_4 = subgroupBroadcast(w[1][1], 5u);
    let w5_5 = subgroupBroadcast(w[1][1], 6u);
    let w5_6 = subgroupBroadcast(w[1][1], 7u);
    let w5_7 = subgroupBroadcast(w[2][1], 0u);
    let w5_8 = subgroupBroadcast(w[2][1], 1u);
    a5_0 += vec4f(v0_0, v0_2, v0_4, v0_6) * w5_0 + vec4f(v0_1, v0_3, v0_5, v0_7) * w5_1 + vec4f(v0_2, v0_4, v0_6, v0_8) * w5_2 + vec4f(v1_0, v1_2, v1_4, v1_6) * w5_3 + vec4f(v1_1, v1_3, v1_5, v1_7) * w5_4 + vec4f(v1_2, v1_4, v1_6, v1_8) * w5_5 + vec4f(v2_0, v2_2, v2_4, v2_6) * w5_6 + vec4f(v2_1, v2_3, v2_5, v2_7) * w5_7 + vec4f(v2_2, v2_4, v2_6, v2_8) * w5_8;
    a5_1 += vec4f(v2_0, v2_2, v2_4, v2_6) * w5_0 + vec4f(v2_1, v2_3, v2_5, v2_7) * w5_1 + vec4f(v2_2, v2_4, v2_6, v2_8) * w5_2 + vec4f(v3_0, v3_2, v3_4, v3_6) * w5_3 + vec4f(v3_1, v3_3, v3_5, v3_7) * w5_4 + vec4f(v3_2, v3_4, v3_6, v3_8) * w5_5 + vec4f(v4_0, v4_2, v4_4, v4_6) * w5_6 + vec4f(v4_1, v4_3, v4_5, v4_7) * w5_7 + vec4f(v4_2, v4_4, v4_6, v4_8) * w5_8;
    let w6_0 = subgroupBroadcast(w[1][2], 1u);
    let w6_1 = subgroupBroadcast(w[1][2], 2u);
    let w6_2 = subgroupBroadcast(w[1][2], 3u);
    let w6_3 = subgroupBroadcast(w[1][2], 4u);
    let w6_4 = subgroupBroadcast(w[1][2], 5u);
    let w6_5 = subgroupBroadcast(w[1][2], 6u);
    let w6_6 = subgroupBroadcast(w[1][2], 7u);
    let w6_7 = subgroupBroadcast(w[2][2], 0u);
    let w6_8 = subgroupBroadcast(w[2][2], 1u);
    a6_0 += vec4f(v0_0, v0_2, v0_4, v0_6) * w6_0 + vec4f(v0_1, v0_3, v0_5, v0_7) * w6_1 + vec4f(v0_2, v0_4, v0_6, v0_8) * w6_2 + vec4f(v1_0, v1_2, v1_4, v1_6) * w6_3 + vec4f(v1_1, v1_3, v1_5, v1_7) * w6_4 + vec4f(v1_2, v1_4, v1_6, v1_8) * w6_5 + vec4f(v2_0, v2_2, v2_4, v2_6) * w6_6 + vec4f(v2_1, v2_3, v2_5, v2_7) * w6_7 + vec4f(v2_2, v2_4, v2_6, v2_8) * w6_8;
    a6_1 += vec4f(v2_0, v2_2, v2_4, v2_6) * w6_0 + vec4f(v2_1, v2_3, v2_5, v2_7) * w6_1 + vec4f(v2_2, v2_4, v2_6, v2_8) * w6_2 + vec4f(v3_0, v3_2, v3_4, v3_6) * w6_3 + vec4f(v3_1, v3_3, v3_5, v3_7) * w6_4 + vec4f(v3_2, v3_4, v3_6, v3_8) * w6_5 + vec4f(v4_0, v4_2, v4_4, v4_6) * w6_6 + vec4f(v4_1, v4_3, v4_5, v4_7) * w6_7 + vec4f(v4_2, v4_4, v4_6, v4_8) * w6_8;
    let w7_0 = subgroupBroadcast(w[1][3], 1u);
    let w7_1 = subgroupBroadcast(w[1][3], 2u);
    let w7_2 = subgroupBroadcast(w[1][3], 3u);
    let w7_3 = subgroupBroadcast(w[1][3], 4u);
    let w7_4 = subgroupBroadcast(w[1][3], 5u);
    let w7_5 = subgroupBroadcast(w[1][3], 6u);
    let w7_6 = subgroupBroadcast(w[1][3], 7u);
    let w7_7 = subgroupBroadcast(w[2][3], 0u);
    let w7_8 = subgroupBroadcast(w[2][3], 1u);
    a7_0 += vec4f(v0_0, v0_2, v0_4, v0_6) * w7_0 + vec4f(v0_1, v0_3, v0_5, v0_7) * w7_1 + vec4f(v0_2, v0_4, v0_6, v0_8) * w7_2 + vec4f(v1_0, v1_2, v1_4, v1_6) * w7_3 + vec4f(v1_1, v1_3, v1_5, v1_7) * w7_4 + vec4f(v1_2, v1_4, v1_6, v1_8) * w7_5 + vec4f(v2_0, v2_2, v2_4, v2_6) * w7_6 + vec4f(v2_1, v2_3, v2_5, v2_7) * w7_7 + vec4f(v2_2, v2_4, v2_6, v2_8) * w7_8;
    a7_1 += vec4f(v2_0, v2_2, v2_4, v2_6) * w7_0 + vec4f(v2_1, v2_3, v2_5, v2_7) * w7_1 + vec4f(v2_2, v2_4, v2_6, v2_8) * w7_2 + vec4f(v3_0, v3_2, v3_4, v3_6) * w7_3 + vec4f(v3_1, v3_3, v3_5, v3_7) * w7_4 + vec4f(v3_2, v3_4, v3_6, v3_8) * w7_5 + vec4f(v4_0, v4_2, v4_4, v4_6) * w7_6 + vec4f(v4_1, v4_3, v4_5, v4_7) * w7_7 + vec4f(v4_2, v4_4, v4_6, v4_8) * w7_8;
  }
  var out: array<vec4f, 16>;
  out[0] = a0_0;
  out[1] = a0_1;
  out[2] = a1_0;
  out[3] = a1_1;
  out[4] = a2_0;
  out[5] = a2_1;
  out[6] = a3_0;
  out[7] = a3_1;
  out[8] = a4_0;
  out[9] = a4_1;
  out[10] = a5_0;
  out[11] = a5_1;
  out[12] = a6_0;
  out[13] = a6_1;
  out[14] = a7_0;
  out[15] = a7_1;
  for (var e = 0u; e < p.results; e++) {
    let o = tile * 8u + e / 8u;
    let i = row + e / 4u % 2u;
    let j = column + e % 4u;
    if (place < p.pixelTiles && o < p.outputs && i < p.outHeight && j < p.outWidth) {
      let to = ((n * p.outputs + o) * p.outHeight + i) * p.outWidth + j;
      y[to] = activate(out[e / 4u][e % 4u] + bias[o]);
    }
  }
}
