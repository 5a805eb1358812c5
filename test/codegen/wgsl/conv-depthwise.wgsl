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
  taps: u32,
  pack: u32,
  patchRows: i32,
  patchColumns: i32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

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
  let column = index % p.tilesX * 4u;
  let row = index / p.tilesX % p.tilesY * 1u;
  let tile = index / p.tilesX / p.tilesY % p.tilesM;
  let n = index / p.tilesX / p.tilesY / p.tilesM;
  let channel = tile * 1u / p.outputsPerGroup * p.perGroup;
  let left = i32(column) * 1 - p.left;
  let top = i32(row) * 1 - p.top;
  var plane = i32(n * p.channels + channel) * p.height * p.width;
  var at = 0u;
  var w: array<f32, 9>;
  var v: array<f32, 18>;
  var a0_0_0 = f32();
  var a0_0_1 = f32();
  var a0_0_2 = f32();
  var a0_0_3 = f32();
  for (var c = 0u; c < p.perGroup; c++) {
    let start = (tile / p.pack * p.perGroup * p.taps + at) * p.pack + tile % p.pack;
    for (var i = 0u; i < p.taps; i++) {
      w[i] = weights[start + i * p.pack];
    }
    at += p.taps;
    for (var i = 0; i < p.patchRows; i++) {
      let yy = top + i;
      let start = plane + clamp(yy, 0, p.height - 1) * p.width;
      let inside = (yy >= 0) & (yy < p.height);
      for (var j = 0; j < p.patchColumns; j++) {
        let xx = left + j;
        let value = x[start + clamp(xx, 0, p.width - 1)];
        v[i * 6 + j] = select(0.0, value, inside & (xx >= 0) & (xx < p.width));
      }
    }
    plane += p.height * p.width;
    a0_0_0 += w[0] * v[0] + w[1] * v[1] + w[2] * v[2] + w[3] * v[6] + w[4] * v[7] + w[5] * v[8] + w[6] * v[12] + w[7] * v[13] + w[8] * v[14];
    a0_0_1 += w[0] * v[1] + w[1] * v[2] + w[2] * v[3] + w[3] * v[7] + w[4] * v[8] + w[5] * v[9] + w[6] * v[13] + w[7] * v[14] + w[8] * v[15];
    a0_0_2 += w[0] * v[2] + w[1] * v[3] + w[2] * v[4] + w[3] * v[8] + w[4] * v[9] + w[5] * v[10] + w[6] * v[14] + w[7] * v[15] + w[8] * v[16];
    a0_0_3 += w[0] * v[3] + w[1] * v[4] + w[2] * v[5] + w[3] * v[9] + w[4] * v[10] + w[5] * v[11] + w[6] * v[15] + w[7] * v[16] + w[8] * v[17];
  }
  var out: array<f32, 4>;
  out[0] = a0_0_0;
  out[1] = a0_0_1;
  out[2] = a0_0_2;
  out[3] = a0_0_3;
  for (var m = 0u; m < min(1u, p.outputs - tile * 1u); m++) {
    let o = tile * 1u + m;
    for (var i = 0u; i < min(1u, p.outHeight - row); i++) {
      for (var j = 0u; j < min(4u, p.outWidth - column); j++) {
        let to = ((n * p.outputs + o) * p.outHeight + row + i) * p.outWidth + column + j;
        y[to] = out[(m * 1u + i) * 4u + j];
      }
    }
  }
}
