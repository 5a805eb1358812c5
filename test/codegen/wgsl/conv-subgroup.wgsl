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
  steps: u32,
  outputsPerGroup: u32,
  tilesX: u32,
  tilesY: u32,
  tilesM: u32,
  pixelTiles: u32,
  lastQuad: u32,
  tileOutputs: u32,
  tileRows: u32,
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
  var w: array<vec4f, 1>;

  var s: array<f32, 18>;
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
  // One loop: at the end of each, drivers that mask lanes blend all sums.
  var c = 0u;
  var k = 0;
  for (var step = 0u; step < p.steps; step++) {
    let outside = 0.0;
    {
      let at = 0u + lane;
      let quad = min(tile * 2u + at / 3u, p.lastQuad);
      let line = (quad * p.perGroup + c) * 3u + u32(k);
      w[0] = weights[line * 3u + at % 3u];
    }
    {
      let yy = top + 0 + k * 1;
      let inside = (yy >= 0) & (yy < p.height);
      let start = plane + clamp(yy, 0, p.height - 1) * p.width;
      s[0] = select(outside, x[start + clamp(left + 0, 0, p.width - 1)], inside & (left + 0 >= 0) & (left + 0 < p.width));
      s[1] = select(outside, x[start + clamp(left + 1, 0, p.width - 1)], inside & (left + 1 >= 0) & (left + 1 < p.width));
      s[2] = select(outside, x[start + clamp(left + 2, 0, p.width - 1)], inside & (left + 2 >= 0) & (left + 2 < p.width));
      s[3] = select(outside, x[start + clamp(left + 3, 0, p.width - 1)], inside & (left + 3 >= 0) & (left + 3 < p.width));
      s[4] = select(outside, x[start + clamp(left + 4, 0, p.width - 1)], inside & (left + 4 >= 0) & (left + 4 < p.width));
      s[5] = select(outside, x[start + clamp(left + 5, 0, p.width - 1)], inside & (left + 5 >= 0) & (left + 5 < p.width));
      s[6] = select(outside, x[start + clamp(left + 6, 0, p.width - 1)], inside & (left + 6 >= 0) & (left + 6 < p.width));
      s[7] = select(outside, x[start + clamp(left + 7, 0, p.width - 1)], inside & (left + 7 >= 0) & (left + 7 < p.width));
      s[8] = select(outside, x[start + clamp(left + 8, 0, p.width - 1)], inside & (left + 8 >= 0) & (left + 8 < p.width));
    }
    {
      let yy = top + 2 + k * 1;
      let inside = (yy >= 0) & (yy < p.height);
      let start = plane + clamp(yy, 0, p.height - 1) * p.width;
      s[9] = select(outside, x[start + clamp(left + 0, 0, p.width - 1)], inside & (left + 0 >= 0) & (left + 0 < p.width));
      s[10] = select(outside, x[start + clamp(left + 1, 0, p.width - 1)], inside & (left + 1 >= 0) & (left + 1 < p.width));
      s[11] = select(outside, x[start + clamp(left + 2, 0, p.width - 1)], inside & (left + 2 >= 0) & (left + 2 < p.width));
      s[12] = select(outside, x[start + clamp(left + 3, 0, p.width - 1)], inside & (left + 3 >= 0) & (left + 3 < p.width));
      s[13] = select(outside, x[start + clamp(left + 4, 0, p.width - 1)], inside & (left + 4 >= 0) & (left + 4 < p.width));
      s[14] = select(outside, x[start + clamp(left + 5, 0, p.width - 1)], inside & (left + 5 >= 0) & (left + 5 < p.width));
      s[15] = select(outside, x[start + clamp(left + 6, 0, p.width - 1)], inside & (left + 6 >= 0) & (left + 6 < p.width));
      s[16] = select(outside, x[start + clamp(left + 7, 0, p.width - 1)], inside & (left + 7 >= 0) & (left + 7 < p.width));
      s[17] = select(outside, x[start + clamp(left + 8, 0, p.width - 1)], inside & (left + 8 >= 0) & (left + 8 < p.width));
    }
    let w0_0 = subgroupBroadcast(w[0][0], 0u);
    let w0_1 = subgroupBroadcast(w[0][0], 1u);
    let w0_2 = subgroupBroadcast(w[0][0], 2u);
    a0_0 += vec4f(s[0], s[2], s[4], s[6]) * w0_0 + vec4f(s[1], s[3], s[5], s[7]) * w0_1 + vec4f(s[2], s[4], s[6], s[8]) * w0_2;
    a0_1 += vec4f(s[9], s[11], s[13], s[15]) * w0_0 + vec4f(s[10], s[12], s[14], s[16]) * w0_1 + vec4f(s[11], s[13], s[15], s[17]) * w0_2;
    let w1_0 = subgroupBroadcast(w[0][1], 0u);
    let w1_1 = subgroupBroadcast(w[0][1], 1u);
    let w1_2 = subgroupBroadcast(w[0][1], 2u);
    a1_0 += vec4f(s[0], s[2], s[4], s[6]) * w1_0 + vec4f(s[1], s[3], s[5], s[7]) * w1_1 + vec4f(s[2], s[4], s[6], s[8]) * w1_2;
    a1_1 += vec4f(s[9], s[11], s[13], s[15]) * w1_0 + vec4f(s[10], s[12], s[14], s[16]) * w1_1 + vec4f(s[11], s[13], s[15], s[17]) * w1_2;
    let w2_0 = subgroupBroadcast(w[0][2], 0u);
    let w2_1 = subgroupBroadcast(w[0][2], 1u);
    let w2_2 = subgroupBroadcast(w[0][2], 2u);
    a2_0 += vec4f(s[0], s[2], s[4], s[6]) * w2_0 + vec4f(s[1], s[3], s[5], s[7]) * w2_1 + vec4f(s[2], s[4], s[6], s[8]) * w2_2;
    a2_1 += vec4f(s[9], s[11], s[13], s[15]) * w2_0 + vec4f(s[10], s[12], s[14], s[16]) * w2_1 + vec4f(s[11], s[13], s[15], s[17]) * w2_2;
    let w3_0 = subgroupBroadcast(w[0][3], 0u);
    let w3_1 = subgroupBroadcast(w[0][3], 1u);
    let w3_2 = subgroupBroadcast(w[0][3], 2u);
    a3_0 += vec4f(s[0], s[2], s[4], s[6]) * w3_0 + vec4f(s[1], s[3], s[5], s[7]) * w3_1 + vec4f(s[2], s[4], s[6], s[8]) * w3_2;
    a3_1 += vec4f(s[9], s[11], s[13], s[15]) * w3_0 + vec4f(s[10], s[12], s[14], s[16]) * w3_1 + vec4f(s[11], s[13], s[15], s[17]) * w3_2;
    let w4_0 = subgroupBroadcast(w[0][0], 3u);
    let w4_1 = subgroupBroadcast(w[0][0], 4u);
    let w4_2 = subgroupBroadcast(w[0][0], 5u);
    a4_0 += vec4f(s[0], s[2], s[4], s[6]) * w4_0 + vec4f(s[1], s[3], s[5], s[7]) * w4_1 + vec4f(s[2], s[4], s[6], s[8]) * w4_2;
    a4_1 += vec4f(s[9], s[11], s[13], s[15]) * w4_0 + vec4f(s[10], s[12], s[14], s[16]) * w4_1 + vec4f(s[11], s[13], s[15], s[17]) * w4_2;
    let w5_0 = subgroupBroadcast(w[0][1], 3u);
    let w5_1 = subgroupBroadcast(w[0][1], 4u);
    let w5_2 = subgroupBroadcast(w[0][1], 5u);
    a5_0 += vec4f(s[0], s[2], s[4], s[6]) * w5_0 + vec4f(s[1], s[3], s[5], s[7]) * w5_1 + vec4f(s[2], s[4], s[6], s[8]) * w5_2;
    a5_1 += vec4f(s[9], s[11], s[13], s[15]) * w5_0 + vec4f(s[10], s[12], s[14], s[16]) * w5_1 + vec4f(s[11], s[13], s[15], s[17]) * w5_2;
    let w6_0 = subgroupBroadcast(w[0][2], 3u);
    let w6_1 = subgroupBroadcast(w[0][2], 4u);
    let w6_2 = subgroupBroadcast(w[0][2], 5u);
    a6_0 += vec4f(s[0], s[2], s[4], s[6]) * w6_0 + vec4f(s[1], s[3], s[5], s[7]) * w6_1 + vec4f(s[2], s[4], s[6], s[8]) * w6_2;
    a6_1 += vec4f(s[9], s[11], s[13], s[15]) * w6_0 + vec4f(s[10], s[12], s[14], s[16]) * w6_1 + vec4f(s[11], s[13], s[15], s[17]) * w6_2;
    let w7_0 = subgroupBroadcast(w[0][3], 3u);
    let w7_1 = subgroupBroadcast(w[0][3], 4u);
    let w7_2 = subgroupBroadcast(w[0][3], 5u);
    a7_0 += vec4f(s[0], s[2], s[4], s[6]) * w7_0 + vec4f(s[1], s[3], s[5], s[7]) * w7_1 + vec4f(s[2], s[4], s[6], s[8]) * w7_2;
    a7_1 += vec4f(s[9], s[11], s[13], s[15]) * w7_0 + vec4f(s[10], s[12], s[14], s[16]) * w7_1 + vec4f(s[11], s[13], s[15], s[17]) * w7_2;
    let isLast = k + 1 == p.kernelHeight;
    k = select(k + 1, 0, isLast);
    c += select(0u, 1u, isLast);
    plane += select(0, p.height * p.width, isLast);
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
  for (var m = 0u; m < p.tileOutputs; m++) {
    let o = tile * 8u + m;
    for (var r = 0u; r < p.tileRows; r++) {
      let i = row + r;
      if (place < p.pixelTiles && o < p.outputs && i < p.outHeight) {
        for (var j = column; j < min(column + 4u, p.outWidth); j++) {
          let to = ((n * p.outputs + o) * p.outHeight + i) * p.outWidth + j;
          y[to] = activate(out[m * 2u + r][j - column] + bias[o]);
        }
      }
    }
  }
}
