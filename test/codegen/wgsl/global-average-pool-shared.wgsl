struct Params {
  count: u32,
  plane: u32,
  lines: u32,
  one: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

var<workgroup> parts: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.z * groups.y + group.y) * groups.x + group.x;
  if (index >= p.count) {
    return;
  }
  let line = index * 4u + local / 16u;
  let lane = local % 16u;
  let first = min(line, p.lines - 1u) * p.plane;
  var sum = 0.0;
  for (var i = lane; i < p.plane; i += 16u) {
    sum += x[first + i];
  }
  parts[local] = sum;
  workgroupBarrier();
  for (var half = 8u; half > 0u; half /= 2u) {
    if (lane < half) {
      parts[local] = parts[local] + parts[local + half];
    }
    workgroupBarrier();
  }
  let total = parts[local - lane];
  if (lane == 0u && line < p.lines) {
    y[line] = total / f32(p.plane);
  }
}
