enable f16;

struct Params {
  count: u32,
  height: i32,
  width: i32,
  outHeight: u32,
  outWidth: u32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  top: i32,
  left: i32,
  dilationY: i32,
  dilationX: i32,
  channels: u32,
  perGroup: u32,
  rows: u32,
  columns: u32,
  depth: u32,
  one: u32,
  outputs: u32,
  plane: u32,
  groups: u32,
  lastQuad: u32,
  tilesM: u32,
  tilesN: u32,
  chunk: u32,
  size: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f16>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

var<workgroup> sharedRows: array<vec4<f16>, 128>;
var<workgroup> sharedColumns: array<f16, 512>;

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
  let firstColumn = index % p.tilesN * 32u;
  let firstRow = index / p.tilesN % p.tilesM * 32u;
  let g = index / p.tilesN / p.tilesM % p.groups;
  let part = index / p.tilesN / p.tilesM / p.groups;
  let begin = part * p.chunk;
  let end = min(begin + p.chunk, p.depth);
  let myColumn = local % 8u;
  let myQuad = local / 8u * 1u;
  let column = min(firstColumn + local % 32u, p.columns - 1u);
  let n = column / p.plane;
  let top = i32(column % p.plane / p.outWidth) * p.strideY - p.top;
  let left = i32(column % p.outWidth) * p.strideX - p.left;
  var sum0_0 = vec4f();
  var sum0_1 = vec4f();
  var sum0_2 = vec4f();
  var sum0_3 = vec4f();
  for (var first = begin; first < end; first += 16u) {
    for (var j = 0u; j < 2u; j++) {
      let i = local + j * 64u;
      let quad = i / 16u;
      let k = min(first + i % 16u, p.depth - 1u);
      sharedRows[i] = vec4<f16>(vec4f(weights[min(quad + (g * p.rows + firstRow) / 4u, p.lastQuad) * p.depth + k]));
    }
    for (var j = 0u; j < 8u; j++) {
      let i = local + j * 64u;
      let unbounded = first + i / 32u;
      let k = min(unbounded, p.depth - 1u);
      let channel = g * p.perGroup + k / 9u;
      let plane = i32(n * p.channels + channel);
      let yy = top + i32(k % 9u / 3u) * p.dilationY;
      let xx = left + i32(k % 3u) * p.dilationX;
      let loaded = select(0.0, f32(x[(plane * p.height + clamp(yy, 0, p.height - 1)) * p.width + clamp(xx, 0, p.width - 1)]), (yy >= 0) & (yy < p.height) & (xx >= 0) & (xx < p.width));
      sharedColumns[i] = f16(select(0.0, loaded, unbounded < p.depth));
    }
    workgroupBarrier();
    var part0_0 = vec4<f16>();
    var part0_1 = vec4<f16>();
    var part0_2 = vec4<f16>();
    var part0_3 = vec4<f16>();
    for (var k = 0u; k < 16u; k++) {
      let a0 = sharedRows[(myQuad + 0u) * 16u + k];
      let b0 = sharedColumns[k * 32u + myColumn + 0u];
      let b1 = sharedColumns[k * 32u + myColumn + 8u];
      let b2 = sharedColumns[k * 32u + myColumn + 16u];
      let b3 = sharedColumns[k * 32u + myColumn + 24u];
      part0_0 += a0 * b0;
      part0_1 += a0 * b1;
      part0_2 += a0 * b2;
      part0_3 += a0 * b3;
    }
    sum0_0 += vec4f(part0_0);
    sum0_1 += vec4f(part0_1);
    sum0_2 += vec4f(part0_2);
    sum0_3 += vec4f(part0_3);
    workgroupBarrier();
  }
  {
    let value = sum0_0;
    let outRow = firstRow + (myQuad + 0u) * 4u;
    let outColumn = firstColumn + myColumn + 0u;
    if (outColumn < p.columns) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          let o = g * p.rows + outRow + e;
          let to = (outColumn / p.plane * p.outputs + o) * p.plane + outColumn % p.plane;
          y[part * p.size + to] = value[e];
        }
      }
    }
  }
  {
    let value = sum0_1;
    let outRow = firstRow + (myQuad + 0u) * 4u;
    let outColumn = firstColumn + myColumn + 8u;
    if (outColumn < p.columns) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          let o = g * p.rows + outRow + e;
          let to = (outColumn / p.plane * p.outputs + o) * p.plane + outColumn % p.plane;
          y[part * p.size + to] = value[e];
        }
      }
    }
  }
  {
    let value = sum0_2;
    let outRow = firstRow + (myQuad + 0u) * 4u;
    let outColumn = firstColumn + myColumn + 16u;
    if (outColumn < p.columns) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          let o = g * p.rows + outRow + e;
          let to = (outColumn / p.plane * p.outputs + o) * p.plane + outColumn % p.plane;
          y[part * p.size + to] = value[e];
        }
      }
    }
  }
  {
    let value = sum0_3;
    let outRow = firstRow + (myQuad + 0u) * 4u;
    let outColumn = firstColumn + myColumn + 24u;
    if (outColumn < p.columns) {
      for (var e = 0u; e < 4u; e++) {
        if (outRow + e < p.rows) {
          let o = g * p.rows + outRow + e;
          let to = (outColumn / p.plane * p.outputs + o) * p.plane + outColumn % p.plane;
          y[part * p.size + to] = value[e];
        }
      }
    }
  }
}

enable f16;

struct Params {
  count: u32,
  parts: u32,
  outputs: u32,
  plane: u32,
}

@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> residual: array<f16>;
@group(0) @binding(3) var<storage, read_write> y: array<f16>;
@group(0) @binding(4) var<uniform> p: Params;

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
  var sum = parts[index];
  for (var part = 1u; part < p.parts; part++) {
    sum += parts[part * p.count + index];
  }
  y[index] = f16(clamp(activate(sum + bias[index / p.plane % p.outputs] + f32(residual[index])), -65504.0, 65504.0));
}
