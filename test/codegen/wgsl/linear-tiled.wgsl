struct Params {
  count: u32,
  depth: u32,
  outputs: u32,
  rows: u32,
  tiles: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(16)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = ((group.z * groups.y + group.y) * groups.x + group.x) * 16u + local;
  if (index >= p.count) {
    return;
  }
  let tile = index % p.tiles;
  let row = index / p.tiles * 4u;
  let at = tile * p.depth;
  let first0 = min(row + 0u, p.rows - 1u) * p.depth;
  let first1 = min(row + 1u, p.rows - 1u) * p.depth;
  let first2 = min(row + 2u, p.rows - 1u) * p.depth;
  let first3 = min(row + 3u, p.rows - 1u) * p.depth;
  var sums: array<vec4f, 4>;
  for (var k = 0u; k < p.depth; k++) {
    let weight = weights[at + k];
    sums[0] += weight * x[first0 + k];
    sums[1] += weight * x[first1 + k];
    sums[2] += weight * x[first2 + k];
    sums[3] += weight * x[first3 + k];
  }
  for (var i = 0u; i < min(4u, p.rows - row); i++) {
    for (var m = 0u; m < min(4u, p.outputs - tile * 4u); m++) {
      let o = tile * 4u + m;
      let to = (row + i) * p.outputs + o;
      y[to] = sums[i][m];
    }
  }
}
