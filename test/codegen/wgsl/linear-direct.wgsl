struct Params {
  count: u32,
  outputs: u32,
  depth: u32,
  pack: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = ((group.z * groups.y + group.y) * groups.x + group.x) * 64u + local;
  if (index >= p.count) {
    return;
  }
  let m = index % p.outputs;
  let first = index / p.outputs * p.depth;
  let at = m / p.pack * p.depth * p.pack + m % p.pack;
  var result = 0.0;
  for (var k = 0u; k < p.depth; k++) {
    result += weights[at + k * p.pack] * x[first + k];
  }
  y[index] = result;
}
