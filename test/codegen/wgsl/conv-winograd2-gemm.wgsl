struct Params {
  count: u32,
  height: i32,
  width: i32,
  outHeight: u32,
  outWidth: u32,
  tilesX: u32,
  tilesY: u32,
  tiles: u32,
  stride: u32,
  one: u32,
  channels: u32,
  top: i32,
  left: i32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

fn transformPatch(d: array<f32, 4>) -> array<f32, 4> {
  return array<f32, 4>(d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]);
}

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
  let tile = index % p.tiles;
  let c = index / p.tiles;
  let n = tile / p.tilesX / p.tilesY;
  let left = i32(tile % p.tilesX) * 2 - p.left;
  let top = i32(tile / p.tilesX % p.tilesY) * 2 - p.top;
  let plane = i32(n * p.channels + c) * p.height;
  let outside = 0.0;
  var d: array<f32, 16>;
  for (var i = 0u; i < 4u; i++) {
    let yy = top + i32(i);
    let start = (plane + clamp(yy, 0, p.height - 1)) * p.width;
    let inside = (yy >= 0) & (yy < p.height);
    for (var j = 0u; j < 4u; j++) {
      let xx = left + i32(j);
      let value = x[start + clamp(xx, 0, p.width - 1)];
      d[i * 4u + j] = select(outside, value, inside & (xx >= 0) & (xx < p.width));
    }
  }
  var columns: array<f32, 16>;
  for (var j = 0u; j < 4u; j++) {
    var column = transformPatch(array<f32, 4>(d[0u + j], d[4u + j], d[8u + j], d[12u + j]));
    for (var i = 0u; i < 4u; i++) {
      columns[i * 4u + j] = column[i];
    }
  }
  for (var i = 0u; i < 4u; i++) {
    var row = transformPatch(array<f32, 4>(columns[i * 4u + 0u], columns[i * 4u + 1u], columns[i * 4u + 2u], columns[i * 4u + 3u]));
    for (var j = 0u; j < 4u; j++) {
      y[((i * 4u + j) * p.channels + c) * p.stride + tile] = row[j];
    }
  }
}

struct Params {
  count: u32,
  rows: u32,
  columns: u32,
  depth: u32,
  one: u32,
  rowQuads: u32,
  stride: u32,
  tilesM: u32,
  tilesN: u32,
}

@group(0) @binding(0) var<storage, read> weights: array<vec4f>;
@group(0) @binding(1) var<storage, read> patches: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

var<workgroup> sharedRows: array<vec4f, 256>;
var<workgroup> sharedColumns: array<f32, 256>;

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
  let firstColumn = index % p.tilesN * 16u;
  let firstRow = index / p.tilesN % p.tilesM * 64u;
  let f = index / p.tilesN / p.tilesM;
  let begin = 0u;
  let end = p.depth;
  let myColumn = local % 4u;
  let myQuad = local / 4u * 1u;
  let column = min(firstColumn + local % 16u, p.columns - 1u);

  var sum0_0 = vec4f();
  var sum0_1 = vec4f();
  var sum0_2 = vec4f();
  var sum0_3 = vec4f();
  for (var first = begin; first < end; first += 16u) {
    for (var j = 0u; j < 4u; j++) {
      let i = local + j * 64u;
      let quad = i % 16u;
      let k = min(first + i / 16u, p.depth - 1u);
      sharedRows[i] = weights[(f * p.depth + k) * p.rowQuads + min(firstRow / 4u + quad, p.rowQuads - 1u)];
    }
    for (var j = 0u; j < 4u; j++) {
      let i = local + j * 64u;
      let unbounded = first + i / 16u;
      let k = min(unbounded, p.depth - 1u);
      let loaded = patches[(f * p.depth + k) * p.stride + column];
      sharedColumns[i] = select(0.0, loaded, unbounded < p.depth);
    }
    workgroupBarrier();
    for (var k = 0u; k < 16u; k++) {
      let a0 = sharedRows[k * 16u + myQuad + 0u];
      let b0 = sharedColumns[k * 16u + myColumn + 0u];
      let b1 = sharedColumns[k * 16u + myColumn + 4u];
      let b2 = sharedColumns[k * 16u + myColumn + 8u];
      let b3 = sharedColumns[k * 16u + myColumn + 12u];
      sum0_0 += a0 * b0;
      sum0_1 += a0 * b1;
      sum0_2 += a0 * b2;
      sum0_3 += a0 * b3;
    }
    workgroupBarrier();
  }
  {
    let value = sum0_0;
    let outRow = firstRow + (myQuad + 0u) * 4u;
    let outColumn = firstColumn + myColumn + 0u;
    if (outColumn < p.columns) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          y[(f * p.rows + outRow + e) * p.stride + outColumn] = value[e];
        }
      }
    }
  }
  {
    let value = sum0_1;
    let outRow = firstRow + (myQuad + 0u) * 4u;
    let outColumn = firstColumn + myColumn + 4u;
    if (outColumn < p.columns) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          y[(f * p.rows + outRow + e) * p.stride + outColumn] = value[e];
        }
      }
    }
  }
  {
    let value = sum0_2;
    let outRow = firstRow + (myQuad + 0u) * 4u;
    let outColumn = firstColumn + myColumn + 8u;
    if (outColumn < p.columns) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          y[(f * p.rows + outRow + e) * p.stride + outColumn] = value[e];
        }
      }
    }
  }
  {
    let value = sum0_3;
    let outRow = firstRow + (myQuad + 0u) * 4u;
    let outColumn = firstColumn + myColumn + 12u;
    if (outColumn < p.columns) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          y[(f * p.rows + outRow + e) * p.stride + outColumn] = value[e];
        }
      }
    }
  }
}

struct Params {
  count: u32,
  height: i32,
  width: i32,
  outHeight: u32,
  outWidth: u32,
  tilesX: u32,
  tilesY: u32,
  tiles: u32,
  stride: u32,
  one: u32,
  outputs: u32,
}

@group(0) @binding(0) var<storage, read> products: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

fn transformProducts(m: array<f32, 4>) -> array<f32, 2> {
  return array<f32, 2>(m[0] + m[1] + m[2], m[1] - m[2] - m[3]);
}
fn activate(x: f32) -> f32 {
  return max(x, 0.0);
}

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
  let tile = index % p.tiles;
  let o = index / p.tiles;
  let n = tile / p.tilesX / p.tilesY;
  let left = tile % p.tilesX * 2u;
  let top = tile / p.tilesX % p.tilesY * 2u;
  let plane = (n * p.outputs + o) * p.outHeight;
  var d: array<f32, 16>;
  for (var f = 0u; f < 16u; f++) {
    d[f] = products[(f * p.outputs + o) * p.stride + tile];
  }
  var columns: array<f32, 8>;
  for (var j = 0u; j < 4u; j++) {
    var column = transformProducts(array<f32, 4>(d[0u + j], d[4u + j], d[8u + j], d[12u + j]));
    for (var i = 0u; i < 2u; i++) {
      columns[i * 4u + j] = column[i];
    }
  }
  for (var i = 0u; i < 2u; i++) {
    var row = transformProducts(array<f32, 4>(columns[i * 4u + 0u], columns[i * 4u + 1u], columns[i * 4u + 2u], columns[i * 4u + 3u]));
    for (var j = 0u; j < 2u; j++) {
      let yy = top + i;
      let xx = left + j;
      if (yy < p.outHeight && xx < p.outWidth) {
        let to = (plane + yy) * p.outWidth + xx;
        y[to] = activate(row[j]);
      }
    }
  }
}
