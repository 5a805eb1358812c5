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
  steps: u32,
  outputs: u32,
  lastQuad: u32,
  tilesM: u32,
  tilesY: u32,
  last: i32,
  pixels: u32,
  four: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
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
  let quad = index % p.tilesM * 8u + lane;
  let row = index / p.tilesM % p.tilesY * 1u;
  let n = index / p.tilesM / p.tilesY;
  let top = i32(row) * 2 - p.top;
  var at = min(quad, p.lastQuad) * p.channels * 9u;
  var plane = i32(n * p.channels) * p.height * p.width;
  var w: array<vec4f, 3>;
  var v: array<vec4f, 1>;
  var a0_0 = vec4f();
  var a0_1 = vec4f();
  // One loop: at the end of each, drivers that mask lanes blend all sums.
  var c = 0u;
  var k = 0;
  for (var step = 0u; step < p.steps; step++) {
    let outside = 0.0;
    w[0] = weights[at + 0u];
    w[1] = weights[at + 1u];
    w[2] = weights[at + 2u];
    {
      let line = 0 + i32(lane);
      let yy = top + line / 2 * 2 + k * 1;
      let slot = min(line % 2, 1);
      let start = plane + clamp(yy, 0, p.height - 1) * p.width;
      let value = x[min(start / 4 + slot, p.last)];
      let next = subgroupShuffle(value.xy, (lane + 1u) % 8u);
      let moved = select(value, vec4f(value.zw, next), (start & 2) != 0);
      v[0] = select(vec4f(outside), moved, (yy >= 0) & (yy < p.height));
    }
    at += 3u;
    let x0_0 = subgroupBroadcast(v[0][0], 0u);
    let x0_1 = subgroupBroadcast(v[0][1], 0u);
    let x0_2 = subgroupBroadcast(v[0][2], 0u);
    let x0_3 = subgroupBroadcast(v[0][3], 0u);
    let x0_4 = subgroupBroadcast(v[0][0], 1u);
    a0_0 += x0_0 * w[0] + x0_1 * w[1] + x0_2 * w[2];
    a0_1 += x0_2 * w[0] + x0_3 * w[1] + x0_4 * w[2];
    let isLast = k + 1 == p.kernelHeight;
    k = select(k + 1, 0, isLast);
    c += select(0u, 1u, isLast);
    plane += select(0, p.height * p.width, isLast);
  }
  var out: array<vec4f, 2>;
  out[0] = a0_0;
  out[1] = a0_1;
  for (var q = 0u; q < p.four; q++) {
    let o = quad * 4u + q;
    let shift = bias[o];
    for (var e = 0u; e < p.pixels; e++) {
      let i = row + e / 2u;
      if (o < p.outputs && i < p.outHeight) {
        let to = ((n * p.outputs + o) * p.outHeight + i) * p.outWidth + e % 2u;
        y[to] = activate(out[e][q] + shift);
      }
    }
  }
}
