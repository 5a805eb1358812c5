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
  quads: u32,
  lastQuad: u32,
  patchRows: i32,
  patchColumns: i32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

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
  let column = index % p.tilesX * 2u;
  let row = index / p.tilesX % p.tilesY * 1u;
  let tile = index / p.tilesX / p.tilesY % p.tilesM;
  let n = index / p.tilesX / p.tilesY / p.tilesM;
  let channel = tile * 4u / p.outputsPerGroup * p.perGroup;
  let left = i32(column) * 1 - p.left;
  let top = i32(row) * 1 - p.top;
  var plane = i32(n * p.channels + channel) * p.height * p.width;
  var at = 0u;
  var w: array<vec4f, 9>;
  var v: array<f32, 12>;
  var a0_0_0 = vec4f();
  var a0_0_1 = vec4f();
  for (var c = 0u; c < p.perGroup; c++) {
    for (var q = 0u; q < p.quads; q++) {
      let start = min(tile * p.quads + q, p.lastQuad) * p.perGroup * p.taps + at;
      for (var i = 0u; i < p.taps; i++) {
        w[q * p.taps + i] = weights[start + i];
      }
    }
    at += p.taps;
    for (var i = 0; i < p.patchRows; i++) {
      let yy = top + i;
      let start = plane + clamp(yy, 0, p.height - 1) * p.width;
      let inside = (yy >= 0) & (yy < p.height);
      for (var j = 0; j < p.patchColumns; j++) {
        let xx = left + j;
        let value = x[start + clamp(xx, 0, p.width - 1)];
        v[i * 4 + j] = select(0.0, value, inside & (xx >= 0) & (xx < p.width));
      }
    }
    plane += p.height * p.width;
    a0_0_0 += w[0] * v[0] + w[1] * v[1] + w[2] * v[2] + w[3] * v[4] + w[4] * v[5] + w[5] * v[6] + w[6] * v[8] + w[7] * v[9] + w[8] * v[10];
    a0_0_1 += w[0] * v[1] + w[1] * v[2] + w[2] * v[3] + w[3] * v[5] + w[4] * v[6] + w[5] * v[7] + w[6] * v[9] + w[7] * v[10] + w[8] * v[11];
  }
  var out: array<f32, 8>;
  out[0] = a0_0_0[0]; out[2] = a0_0_0[1]; out[4] = a0_0_0[2]; out[6] = a0_0_0[3];
  out[1] = a0_0_1[0]; out[3] = a0_0_1[1]; out[5] = a0_0_1[2]; out[7] = a0_0_1[3];
  for (var m = 0u; m < min(4u, p.outputs - tile * 4u); m++) {
    let o = tile * 4u + m;
    let shift = bias[o];
    for (var i = 0u; i < min(1u, p.outHeight - row); i++) {
      for (var j = 0u; j < min(2u, p.outWidth - column); j++) {
        let to = ((n * p.outputs + o) * p.outHeight + row + i) * p.outWidth + column + j;
        y[to] = activate(out[(m * 1u + i) * 2u + j] + shift);
      }
    }
  }
}
