struct Params {
  count: u32,
  size: u32,
  inner: u32,
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
  let first = index / p.inner * p.size * p.inner + index % p.inner;
  let end = first + p.size * p.inner;
  var greatest = x[first];
  for (var i = first; i < end; i += p.inner) {
    greatest = max(greatest, x[i]);
  }
  var total = 0.0;
  for (var i = first; i < end; i += p.inner) {
    total += exp(max(x[i] - greatest, -80.0));
  }
  for (var i = first; i < end; i += p.inner) {
    y[i] = exp(max(x[i] - greatest, -80.0)) / total;
  }
}
