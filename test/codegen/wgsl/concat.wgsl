struct Params {
  count: u32,
  row: u32,
  start: u32,
  span: u32,
  length0: u32,
  length1: u32,
}

@group(0) @binding(0) var<storage, read> x0: array<f32>;
@group(0) @binding(1) var<storage, read> x1: array<f32>;
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
  let outer = index / p.span;
  var at = index % p.span;
  let to = outer * p.row + p.start + at;
  if (at < p.length0) {
    y[to] = x0[outer * p.length0 + at];
    return;
  }
  at -= p.length0;
  if (at < p.length1) {
    y[to] = x1[outer * p.length1 + at];
    return;
  }
  at -= p.length1;
}
