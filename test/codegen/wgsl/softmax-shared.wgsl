struct Params {
  count: u32,
  size: u32,
  inner: u32,
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
  let line = index * 16u + local / 4u;
  let lane = local % 4u;
  let own = min(line, p.lines - 1u);
  let first = own / p.inner * p.size * p.inner + own % p.inner;
  var most = x[first];
  for (var i = lane; i < p.size; i += 4u) {
    let at = first + i * p.inner;
    most = max(most, x[at]);
  }
  parts[local] = most;
  workgroupBarrier();
  for (var half = 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      parts[local] = max(parts[local], parts[local + half]);
    }
    workgroupBarrier();
  }
  let greatest = parts[local - lane];
  workgroupBarrier();
  var sum = 0.0;
  for (var i = lane; i < p.size; i += 4u) {
    let at = first + i * p.inner;
    sum += exp(max(x[at] - greatest, -80.0));
  }
  parts[local] = sum;
  workgroupBarrier();
  for (var half = 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      parts[local] = parts[local] + parts[local + half];
    }
    workgroupBarrier();
  }
  let total = parts[local - lane];
  if (line >= p.lines) {
    return;
  }
  for (var i = lane; i < p.size; i += 4u) {
    let at = first + i * p.inner;
    y[at] = exp(max(x[at] - greatest, -80.0)) / total;
  }
}
