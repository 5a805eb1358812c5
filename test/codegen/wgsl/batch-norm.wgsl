struct Params {
  count: u32,
  channels: u32,
  plane: u32,
  runs: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> scale: array<f32>;
@group(0) @binding(2) var<storage, read> variance: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> p: Params;

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
  let image = index / p.runs;
  let c = image % p.channels;
  let first = (index % p.runs) * 8u;
  let m = scale[c];
  let s = scale[c] / sqrt(variance[c] + p.epsilon);
  let shift = scale[c];
  for (var i = first; i < min(first + 8u, p.plane); i++) {
    let at = image * p.plane + i;
    y[at] = (x[at] - m) * s + shift;
  }
}
