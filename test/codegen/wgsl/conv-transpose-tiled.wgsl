struct Params {
  count: u32,
  height: i32,
  width: i32,
  outHeight: u32,
  outWidth: u32,
  top: i32,
  left: i32,
  firstRow: i32,
  firstColumn: i32,
  channels: u32,
  depth: u32,
  outputs: u32,
  outputsPerGroup: u32,
  tilesX: u32,
  tilesY: u32,
  tilesM: u32,
  tilesPerGroup: u32,
  placeTiles: u32,
  weightStep: u32,
  lastWeight: u32,
  tileQuads: u32,
  tileRows: i32,
  tileColumns: i32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
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
  let tile = index / p.placeTiles;
  let wanted = index % p.placeTiles;
  let place = min(wanted, p.placeTiles - 1u);
  let n = place / p.tilesX / p.tilesY;
  let left = i32(place % p.tilesX * 1u) + p.firstColumn;
  let top = i32(place / p.tilesX % p.tilesY * 1u) + p.firstRow;
  let part = tile % p.tilesPerGroup * 4u;
  let group0 = tile / p.tilesPerGroup;
  var plane = i32(n * p.channels + group0 * p.depth) * p.height * p.width;
  var at = group0 * p.depth * p.weightStep + part / 4u * 1u;
  var a0_0_0 = vec4f();
  var a0_1_0 = vec4f();
  for (var c = 0u; c < p.depth; c += 4u) {
    {
      let yy0 = top + 0;
      let inside0 = (yy0 >= 0) & (yy0 < p.height);
      let start0 = plane + clamp(yy0, 0, p.height - 1) * p.width;
      let s0_0 = select(0.0, x[start0 + clamp(left + 0, 0, p.width - 1)], inside0 & (left + 0 >= 0) & (left + 0 < p.width));
      let k0_0 = weights[min(at + 0u, p.lastWeight)];
      a0_0_0 += k0_0 * s0_0;
      plane += p.height * p.width;
      at += p.weightStep;
    }
    {
      let yy0 = top + 0;
      let inside0 = (yy0 >= 0) & (yy0 < p.height);
      let start0 = plane + clamp(yy0, 0, p.height - 1) * p.width;
      let s0_0 = select(0.0, x[start0 + clamp(left + 0, 0, p.width - 1)], inside0 & (left + 0 >= 0) & (left + 0 < p.width));
      let k0_0 = weights[min(at + 0u, p.lastWeight)];
      a0_0_0 += k0_0 * s0_0;
      plane += p.height * p.width;
      at += p.weightStep;
    }
    {
      let yy0 = top + 0;
      let inside0 = (yy0 >= 0) & (yy0 < p.height);
      let start0 = plane + clamp(yy0, 0, p.height - 1) * p.width;
      let s0_0 = select(0.0, x[start0 + clamp(left + 0, 0, p.width - 1)], inside0 & (left + 0 >= 0) & (left + 0 < p.width));
      let k0_0 = weights[min(at + 0u, p.lastWeight)];
      a0_0_0 += k0_0 * s0_0;
      plane += p.height * p.width;
      at += p.weightStep;
    }
    {
      let yy0 = top + 0;
      let inside0 = (yy0 >= 0) & (yy0 < p.height);
      let start0 = plane + clamp(yy0, 0, p.height - 1) * p.width;
      let s0_0 = select(0.0, x[start0 + clamp(left + 0, 0, p.width - 1)], inside0 & (left + 0 >= 0) & (left + 0 < p.width));
      let k0_0 = weights[min(at + 0u, p.lastWeight)];
      a0_0_0 += k0_0 * s0_0;
      plane += p.height * p.width;
      at += p.weightStep;
    }
  }
  var out: array<vec4f, 2>;
  out[0] = a0_0_0;
  out[1] = a0_1_0;
  let firstY = top * 2 - p.top;
  let firstX = left * 1 - p.left;
  for (var q = 0u; q < p.tileQuads; q++) {
    for (var e = 0u; e < 4u; e++) {
      let m = part + q * 4u + e;
      if (wanted < p.placeTiles && m < p.outputsPerGroup) {
        let o = group0 * p.outputsPerGroup + m;
        for (var i = max(0, -firstY); i < min(p.tileRows, i32(p.outHeight) - firstY); i++) {
          let line = (i32((n * p.outputs + o) * p.outHeight) + firstY + i) * i32(p.outWidth) + firstX;
          for (var j = max(0, -firstX); j < min(p.tileColumns, i32(p.outWidth) - firstX); j++) {
            let sum = out[(i32(q) * 2 + i) * 1 + j][e];
            let to = line + j;
            y[to] = sum;
          }
        }
      }
    }
  }
}
