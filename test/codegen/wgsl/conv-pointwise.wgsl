struct Params {
  count: u32,
  depth: u32,
  image: u32,
  plane: u32,
  rowStep: u32,
  columnStep: u32,
  width: u32,
  outputs: u32,
  outHeight: u32,
  outWidth: u32,
  tilesX: u32,
  tilesM: u32,
  tileX: u32,
  quads: u32,
  lastQuad: u32,
  unroll: u32,
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
  let row = 0u;
  let column = index % p.tilesX * 4u;
  let tile = index / p.tilesX % p.tilesM;
  let n = index / p.tilesX / p.tilesM;
  var plane = n * p.image;
  var w: array<vec4f, 2>;
  var v: array<f32, 8>;
  var a0_0_0 = vec4f();
  var a0_0_1 = vec4f();
  var a0_0_2 = vec4f();
  var a0_0_3 = vec4f();
  for (var c = 0u; c < p.depth; c += 2u) {
    for (var q = 0u; q < p.quads; q++) {
      let start = min(tile * p.quads + q, p.lastQuad) * p.depth + c;
      for (var u = 0u; u < p.unroll; u++) {
        w[q * p.unroll + u] = weights[start + u];
      }
    }
    for (var u = 0u; u < p.unroll; u++) {
      for (var i = 0u; i < p.tileX; i++) {
        let pixel = min(column + i, p.outWidth - 1u);
        let value = x[plane + pixel / p.width * p.rowStep + pixel % p.width * p.columnStep];
        v[u * 4u + i] = select(0.0, value, c + u < p.depth);
      }
      plane += p.plane;
    }
    a0_0_0 += w[0] * v[0] + w[1] * v[4];
    a0_0_1 += w[0] * v[1] + w[1] * v[5];
    a0_0_2 += w[0] * v[2] + w[1] * v[6];
    a0_0_3 += w[0] * v[3] + w[1] * v[7];
  }
  var out: array<f32, 16>;
  out[0] = a0_0_0[0]; out[4] = a0_0_0[1]; out[8] = a0_0_0[2]; out[12] = a0_0_0[3];
  out[1] = a0_0_1[0]; out[5] = a0_0_1[1]; out[9] = a0_0_1[2]; out[13] = a0_0_1[3];
  out[2] = a0_0_2[0]; out[6] = a0_0_2[1]; out[10] = a0_0_2[2]; out[14] = a0_0_2[3];
  out[3] = a0_0_3[0]; out[7] = a0_0_3[1]; out[11] = a0_0_3[2]; out[15] = a0_0_3[3];
  for (var m = 0u; m < min(4u, p.outputs - tile * 4u); m++) {
    let o = tile * 4u + m;
    for (var i = 0u; i < min(1u, p.outHeight - row); i++) {
      for (var j = 0u; j < min(4u, p.outWidth - column); j++) {
        let to = ((n * p.outputs + o) * p.outHeight + row + i) * p.outWidth + column + j;
        y[to] = out[(m * 1u + i) * 4u + j];
      }
    }
  }
}
