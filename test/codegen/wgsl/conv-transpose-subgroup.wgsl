enable subgroups;

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
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

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
  let tile = index % p.tilesM;
  let wanted = index / p.tilesM * 8u + lane;
  let place = min(wanted, p.placeTiles - 1u);
  let n = place / p.tilesX / p.tilesY;
  let left = i32(place % p.tilesX * 2u) + p.firstColumn;
  let top = i32(place / p.tilesX % p.tilesY * 1u) + p.firstRow;
  let part = tile % p.tilesPerGroup * 4u;
  let group0 = tile / p.tilesPerGroup;
  var plane = i32(n * p.channels + group0 * p.depth) * p.height * p.width;
  var at = group0 * p.depth * p.weightStep + part / 4u * 9u;
  var a0_0_0 = vec4f();
  var a0_0_2 = vec4f();
  var a0_0_1 = vec4f();
  var a0_0_3 = vec4f();
  var a0_1_0 = vec4f();
  var a0_1_2 = vec4f();
  var a0_1_1 = vec4f();
  var a0_1_3 = vec4f();
  for (var c = 0u; c < p.depth; c += 1u) {
    {
      let w0 = weights[min(at + 0u + lane, p.lastWeight)];
      let w1 = weights[min(at + 8u + lane, p.lastWeight)];
      let yy0 = top + -1;
      let inside0 = (yy0 >= 0) & (yy0 < p.height);
      let start0 = plane + clamp(yy0, 0, p.height - 1) * p.width;
      let s0_0 = select(0.0, x[start0 + clamp(left + -1, 0, p.width - 1)], inside0 & (left + -1 >= 0) & (left + -1 < p.width));
      let s0_1 = select(0.0, x[start0 + clamp(left + 0, 0, p.width - 1)], inside0 & (left + 0 >= 0) & (left + 0 < p.width));
      let s0_2 = select(0.0, x[start0 + clamp(left + 1, 0, p.width - 1)], inside0 & (left + 1 >= 0) & (left + 1 < p.width));
      let yy1 = top + 0;
      let inside1 = (yy1 >= 0) & (yy1 < p.height);
      let start1 = plane + clamp(yy1, 0, p.height - 1) * p.width;
      let s1_0 = select(0.0, x[start1 + clamp(left + -1, 0, p.width - 1)], inside1 & (left + -1 >= 0) & (left + -1 < p.width));
      let s1_1 = select(0.0, x[start1 + clamp(left + 0, 0, p.width - 1)], inside1 & (left + 0 >= 0) & (left + 0 < p.width));
      let s1_2 = select(0.0, x[start1 + clamp(left + 1, 0, p.width - 1)], inside1 & (left + 1 >= 0) & (left + 1 < p.width));
      let k0_0 = subgroupBroadcast(w0, 0u);
      let k0_2 = subgroupBroadcast(w0, 2u);
      let k0_6 = subgroupBroadcast(w0, 6u);
      let k0_8 = subgroupBroadcast(w1, 0u);
      a0_0_0 += k0_0 * s1_1 + k0_2 * s1_0 + k0_6 * s0_1 + k0_8 * s0_0;
      a0_0_2 += k0_0 * s1_2 + k0_2 * s1_1 + k0_6 * s0_2 + k0_8 * s0_1;
      let k0_1 = subgroupBroadcast(w0, 1u);
      let k0_7 = subgroupBroadcast(w0, 7u);
      a0_0_1 += k0_1 * s1_1 + k0_7 * s0_1;
      a0_0_3 += k0_1 * s1_2 + k0_7 * s0_2;
      let k0_3 = subgroupBroadcast(w0, 3u);
      let k0_5 = subgroupBroadcast(w0, 5u);
      a0_1_0 += k0_3 * s1_1 + k0_5 * s1_0;
      a0_1_2 += k0_3 * s1_2 + k0_5 * s1_1;
      let k0_4 = subgroupBroadcast(w0, 4u);
      a0_1_1 += k0_4 * s1_1;
      a0_1_3 += k0_4 * s1_2;
      plane += p.height * p.width;
      at += p.weightStep;
    }
  }
  var out: array<vec4f, 8>;
  out[0] = a0_0_0;
  out[2] = a0_0_2;
  out[1] = a0_0_1;
  out[3] = a0_0_3;
  out[4] = a0_1_0;
  out[6] = a0_1_2;
  out[5] = a0_1_1;
  out[7] = a0_1_3;
  let firstY = top * 2 - p.top;
  let firstX = left * 2 - p.left;
  for (var q = 0u; q < p.tileQuads; q++) {
    for (var e = 0u; e < 4u; e++) {
      let m = part + q * 4u + e;
      if (wanted < p.placeTiles && m < p.outputsPerGroup) {
        let o = group0 * p.outputsPerGroup + m;
        let shift = bias[o];
        for (var i = max(0, -firstY); i < min(p.tileRows, i32(p.outHeight) - firstY); i++) {
          let line = (i32((n * p.outputs + o) * p.outHeight) + firstY + i) * i32(p.outWidth) + firstX;
          for (var j = max(0, -firstX); j < min(p.tileColumns, i32(p.outWidth) - firstX); j++) {
            let sum = out[(i32(q) * 2 + i) * 4 + j][e];
            let to = line + j;
            y[to] = activate(sum + shift);
          }
        }
      }
    }
  }
}
