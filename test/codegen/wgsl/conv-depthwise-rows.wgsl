struct Params {
  count: u32,
  height: i32,
  width: i32,
  outHeight: i32,
  outWidth: i32,
  top: i32,
  outputs: u32,
  multiplier: u32,
  pack: u32,
  stripsX: u32,
  stripsY: u32,
  rows: i32,
}

@group(0) @binding(0) var<storage, read> x2: array<vec2f>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec2f>;
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
  let column = i32(index % p.stripsX) * 6;
  let first = i32(index / p.stripsX % p.stripsY) * p.rows;
  let image = index / p.stripsX / p.stripsY;
  let o = image % p.outputs;
  let channel = o / p.multiplier;
  let plane = i32(image / p.multiplier) * p.height;
  let outside = 0.0;
  let shift = bias[o];
  let left = column * 1;
  let w0 = weights[(o / p.pack * 9u + 0u) * p.pack + o % p.pack];
  let w1 = weights[(o / p.pack * 9u + 1u) * p.pack + o % p.pack];
  let w2 = weights[(o / p.pack * 9u + 2u) * p.pack + o % p.pack];
  let w3 = weights[(o / p.pack * 9u + 3u) * p.pack + o % p.pack];
  let w4 = weights[(o / p.pack * 9u + 4u) * p.pack + o % p.pack];
  let w5 = weights[(o / p.pack * 9u + 5u) * p.pack + o % p.pack];
  let w6 = weights[(o / p.pack * 9u + 6u) * p.pack + o % p.pack];
  let w7 = weights[(o / p.pack * 9u + 7u) * p.pack + o % p.pack];
  let w8 = weights[(o / p.pack * 9u + 8u) * p.pack + o % p.pack];
  var r0_0 = vec2f();
  var r0_1 = vec2f();
  var r0_2 = vec2f();
  var r1_0 = vec2f();
  var r1_1 = vec2f();
  var r1_2 = vec2f();
  for (var i = -2; i < p.rows; i++) {
    let row = first + i;
    let y2 = row * 1 - p.top + 2;
    let inside2 = (y2 >= 0) & (y2 < p.height);
    let start2 = (plane + clamp(y2, 0, p.height - 1)) * p.width;
    let r2_0 = select(vec2f(outside, outside), x2[(start2 + 0) / 2], inside2);
    let r2_1 = select(vec2f(outside, outside), x2[(start2 + 2) / 2], inside2);
    let r2_2 = select(vec2f(outside, outside), x2[(start2 + 4) / 2], inside2);
    if (i >= 0 && row < p.outHeight) {
      let at = ((i32(image) * p.outHeight + row) * p.outWidth + column) / 2;
      let sum0 = vec2f(shift + w0 * outside + w1 * r0_0[0] + w2 * r0_0[1] + w3 * outside + w4 * r1_0[0] + w5 * r1_0[1] + w6 * outside + w7 * r2_0[0] + w8 * r2_0[1], shift + w0 * r0_0[0] + w1 * r0_0[1] + w2 * r0_1[0] + w3 * r1_0[0] + w4 * r1_0[1] + w5 * r1_1[0] + w6 * r2_0[0] + w7 * r2_0[1] + w8 * r2_1[0]);
      y[at + 0] = vec2f(activate(sum0[0]), activate(sum0[1]));
      let sum1 = vec2f(shift + w0 * r0_0[1] + w1 * r0_1[0] + w2 * r0_1[1] + w3 * r1_0[1] + w4 * r1_1[0] + w5 * r1_1[1] + w6 * r2_0[1] + w7 * r2_1[0] + w8 * r2_1[1], shift + w0 * r0_1[0] + w1 * r0_1[1] + w2 * r0_2[0] + w3 * r1_1[0] + w4 * r1_1[1] + w5 * r1_2[0] + w6 * r2_1[0] + w7 * r2_1[1] + w8 * r2_2[0]);
      y[at + 1] = vec2f(activate(sum1[0]), activate(sum1[1]));
      let sum2 = vec2f(shift + w0 * r0_1[1] + w1 * r0_2[0] + w2 * r0_2[1] + w3 * r1_1[1] + w4 * r1_2[0] + w5 * r1_2[1] + w6 * r2_1[1] + w7 * r2_2[0] + w8 * r2_2[1], shift + w0 * r0_2[0] + w1 * r0_2[1] + w2 * outside + w3 * r1_2[0] + w4 * r1_2[1] + w5 * outside + w6 * r2_2[0] + w7 * r2_2[1] + w8 * outside);
      y[at + 2] = vec2f(activate(sum2[0]), activate(sum2[1]));
    }
    r0_0 = r1_0;
    r0_1 = r1_1;
    r0_2 = r1_2;
    r1_0 = r2_0;
    r1_1 = r2_1;
    r1_2 = r2_2;
  }
}
