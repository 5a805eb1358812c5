enable subgroups;

struct Params {
  count: u32,
  depth: u32,
  rows: u32,
  columns: u32,
  rowQuads: u32,
  columnQuads: u32,
  tilesM: u32,
  tilesN: u32,
  results: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<uniform> p: Params;

fn activate(x: f32) -> f32 {
  return max(x, 0.0);
}

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let index = (group.z * groups.y + group.y) * groups.x + group.x;
  if (index >= p.count) {
    return;
  }
  let column = index % p.tilesN * 32u;
  let row = index / p.tilesN % p.tilesM * 16u;
  let n = index / p.tilesN / p.tilesM;
  var a: array<vec4f, 2>;
  var b: array<vec4f, 1>;
  var toSpread: array<u32, 1>;
  var toShared: array<u32, 1>;
  for (var i = 0u; i < 1u; i++) {
    let quad = i * 8u + lane;
    toSpread[i] = n * p.depth * p.columnQuads + min(column / 4u + quad, p.columnQuads - 1u);
  }
  for (var i = 0u; i < 1u; i++) {
    let quad = (i * 8u + lane) % 4u;
    let start = min(row / 4u + quad, p.rowQuads - 1u) * p.depth;
    toShared[i] = start + (i * 8u + lane) / 4u * 1u;
  }
  var a0_0 = vec4f();
  var a1_0 = vec4f();
  var a2_0 = vec4f();
  var a3_0 = vec4f();
  var a4_0 = vec4f();
  var a5_0 = vec4f();
  var a6_0 = vec4f();
  var a7_0 = vec4f();
  var a8_0 = vec4f();
  var a9_0 = vec4f();
  var a10_0 = vec4f();
  var a11_0 = vec4f();
  var a12_0 = vec4f();
  var a13_0 = vec4f();
  var a14_0 = vec4f();
  var a15_0 = vec4f();
  for (var first = 0u; first < p.depth; first += 2u) {
    for (var i = 0u; i < 2u; i++) {
      let quad = i % 1u * 8u + lane;
      let at = toSpread[i % 1u] + i / 1u * p.columnQuads;
      a[i] = x[at];
    }
    for (var i = 0u; i < 1u; i++) {
      toSpread[i] += 2u * p.columnQuads;
    }
    for (var i = 0u; i < 1u; i++) {
      let quad = (i * 8u + lane) % 4u;
      let at = toShared[i];
      b[i] = weights[at];
      toShared[i] += 2u * 1u;
    }
    let s0_0 = subgroupBroadcast(b[0][0], 0u);
    let s0_1 = subgroupBroadcast(b[0][0], 4u);
    a0_0 += a[0] * s0_0;
    a0_0 += a[1] * s0_1;
    let s1_0 = subgroupBroadcast(b[0][1], 0u);
    let s1_1 = subgroupBroadcast(b[0][1], 4u);
    a1_0 += a[0] * s1_0;
    a1_0 += a[1] * s1_1;
    let s2_0 = subgroupBroadcast(b[0][2], 0u);
    let s2_1 = subgroupBroadcast(b[0][2], 4u);
    a2_0 += a[0] * s2_0;
    a2_0 += a[1] * s2_1;
    let s3_0 = subgroupBroadcast(b[0][3], 0u);
    let s3_1 = subgroupBroadcast(b[0][3], 4u);
    a3_0 += a[0] * s3_0;
    a3_0 += a[1] * s3_1;
    let s4_0 = subgroupBroadcast(b[0][0], 1u);
    let s4_1 = subgroupBroadcast(b[0][0], 5u);
    a4_0 += a[0] * s4_0;
    a4_0 += a[1] * s4_1;
    let s5_0 = subgroupBroadcast(b[0][1], 1u);
    let s5_1 = subgroupBroadcast(b[0][1], 5u);
    a5_0 += a[0] * s5_0;
    a5_0 += a[1] * s5_1;
    let s6_0 = subgroupBroadcast(b[0][2], 1u);
    let s6_1 = subgroupBroadcast(b[0][2], 5u);
    a6_0 += a[0] * s6_0;
    a6_0 += a[1] * s6_1;
    let s7_0 = subgroupBroadcast(b[0][3], 1u);
    let s7_1 = subgroupBroadcast(b[0][3], 5u);
    a7_0 += a[0] * s7_0;
    a7_0 += a[1] * s7_1;
    let s8_0 = subgroupBroadcast(b[0][0], 2u);
    let s8_1 = subgroupBroadcast(b[0][0], 6u);
    a8_0 += a[0] * s8_0;
    a8_0 += a[1] * s8_1;
    let s9_0 = subgroupBroadcast(b[0][1], 2u);
    let s9_1 = subgroupBroadcast(b[0][1], 6u);
    a9_0 += a[0] * s9_0;
    a9_0 += a[1] * s9_1;
    let s10_0 = subgroupBroadcast(b[0][2], 2u);
    let s10_1 = subgroupBroadcast(b[0][2], 6u);
    a10_0 += a[0] * s10_0;
    a10_0 += a[1] * s10_1;
    let s11_0 = subgroupBroadcast(b[0][3], 2u);
    let s11_1 = subgroupBroadcast(b[0][3], 6u);
    a11_0 += a[0] * s11_0;
    a11_0 += a[1] * s11_1;
    let s12_0 = subgroupBroadcast(b[0][0], 3u);
    let s12_1 = subgroupBroadcast(b[0][0], 7u);
    a12_0 += a[0] * s12_0;
    a12_0 += a[1] * s12_1;
    let s13_0 = subgroupBroadcast(b[0][1], 3u);
    let s13_1 = subgroupBroadcast(b[0][1], 7u);
    a13_0 += a[0] * s13_0;
    a13_0 += a[1] * s13_1;
    let s14_0 = subgroupBroadcast(b[0][2], 3u);
    let s14_1 = subgroupBroadcast(b[0][2], 7u);
    a14_0 += a[0] * s14_0;
    a14_0 += a[1] * s14_1;
    let s15_0 = subgroupBroadcast(b[0][3], 3u);
    let s15_1 = subgroupBroadcast(b[0][3], 7u);
    a15_0 += a[0] * s15_0;
    a15_0 += a[1] * s15_1;
  }
  var out: array<vec4f, 16>;
  out[0] = a0_0;
  out[1] = a1_0;
  out[2] = a2_0;
  out[3] = a3_0;
  out[4] = a4_0;
  out[5] = a5_0;
  out[6] = a6_0;
  out[7] = a7_0;
  out[8] = a8_0;
  out[9] = a9_0;
  out[10] = a10_0;
  out[11] = a11_0;
  out[12] = a12_0;
  out[13] = a13_0;
  out[14] = a14_0;
  out[15] = a15_0;
  for (var i = 0u; i < p.results; i++) {
    let r = i / 1u;
    let quad = i % 1u * 8u + lane;
    let value = out[i];
    let o = row + r;
    if (o < p.rows && column / 4u + quad < p.columnQuads) {
      let to = (n * p.rows + o) * p.columnQuads + column / 4u + quad;
      let sum = value;
      y[to] = vec4f(activate(sum[0]), activate(sum[1]), activate(sum[2]), activate(sum[3]));
    }
  }
}
