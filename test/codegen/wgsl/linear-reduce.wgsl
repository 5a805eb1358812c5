struct Params {
  count: u32,
  depth: u32,
  outputs: u32,
  rows: u32,
  quads: u32,
  one: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

var<workgroup> sums: array<vec4f, 256>;

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
  let quad = index % p.quads;
  let row = index / p.quads * 4u;
  let first0 = min(row + 0u, p.rows - 1u) * p.depth;
  let first1 = min(row + 1u, p.rows - 1u) * p.depth;
  let first2 = min(row + 2u, p.rows - 1u) * p.depth;
  let first3 = min(row + 3u, p.rows - 1u) * p.depth;
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var k = local; k < p.depth; k += 64u) {
    let weight = weights[quad * p.depth + k];
    sum0 += weight * x[first0 + k];
    sum1 += weight * x[first1 + k];
    sum2 += weight * x[first2 + k];
    sum3 += weight * x[first3 + k];
  }
  sums[0u + local] = sum0;
  sums[64u + local] = sum1;
  sums[128u + local] = sum2;
  sums[192u + local] = sum3;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (local < half) {
      sums[0u + local] += sums[0u + local + half];
      sums[64u + local] += sums[64u + local + half];
      sums[128u + local] += sums[128u + local + half];
      sums[192u + local] += sums[192u + local + half];
    }
    workgroupBarrier();
  }
  let o = quad * 4u + local % 4u;
  if (local < 16u && row + local / 4u < p.rows && o < p.outputs) {
    let to = (row + local / 4u) * p.outputs + o;
    y[to] = sums[local / 4u * 64u][local % 4u];
  }
}
