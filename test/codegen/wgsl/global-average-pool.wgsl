struct Params {
  count: u32,
  plane: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

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
  let first = index * p.plane;
  var sums = vec4f();
  var i = 0u;
  for (; i + 4u <= p.plane; i += 4u) {
    let at = first + i;
    sums += vec4f(x[at], x[at + 1u], x[at + 2u], x[at + 3u]);
  }
  for (; i < p.plane; i++) {
    sums.x += x[first + i];
  }
  y[index] = (sums.x + sums.y + sums.z + sums.w) / f32(p.plane);
}
