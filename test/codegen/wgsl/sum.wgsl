struct Params {
  count: u32,
  act0: f32,
  act1: f32,
}

@group(0) @binding(0) var<storage, read> x0: array<vec4f>;
@group(0) @binding(1) var<storage, read> x1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> p: Params;

fn activate(x: f32) -> f32 {
  return min(max(x, p.act0), p.act1);
}

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
  let total = x0[index] + x1[index] + x0[index];
  y[index] = vec4f(activate(total[0]), activate(total[1]), activate(total[2]), activate(total[3]));
}
