struct Params {
  count: u32,
  act0: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(2) var<uniform> p: Params;

fn erf(x: f32) -> f32 {
  let t = min(abs(x), 4.0);
  let s = t * t;
  if (t > 0.927734375) {
    var r = (-1.72853470e-5 * t + 3.83197126e-4) * s + (-3.88396438e-3 * t + 2.42546219e-2);
    r = ((r * t - 1.06777877e-1) * t - 6.34846687e-1) * t - 1.28717512e-1;
    return sign(x) * (1.0 - exp(r * t - t));
  }
  var r = (-5.96761703e-4 * s + 4.99119423e-3) * s - 2.67681349e-2;
  r = ((r * s + 1.12819925e-1) * s - 3.76125336e-1) * s + 1.28379166e-1;
  return sign(x) * (r * t + t);
}
fn activate(x: f32) -> f32 {
  return 0.5 * x * (1.0 + erf(x * 0.7071067811865476));
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
  let value = x[index];
  y[index] = vec4f(activate(value[0]), activate(value[1]), activate(value[2]), activate(value[3]));
}
