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
  channels: u32,
  outputs: u32,
  perGroup: u32,
  outputsPerGroup: u32,
  pack: u32,
  tilesX: u32,
  tilesM: u32,
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
  let column = index % p.tilesX * 4u;
  let row = index / p.tilesX % p.outHeight;
  let tile = index / p.tilesX / p.outHeight % p.tilesM;
  let n = index / p.tilesX / p.outHeight / p.tilesM;
  let left = i32(column) * p.strideX - p.left;
  let top = i32(row) * p.strideY - p.top;
  let channel0 = tile * 4u / p.outputsPerGroup * p.perGroup;
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var c = 0u; c < p.perGroup; c++) {
    let channel = channel0 + c;
    let outside = 0.0;
    let plane = i32(n * p.channels + channel) * p.height;
    {
      let yy = top + 0;
      let inside = (yy >= 0) & (yy < p.height);
      let start = (plane + clamp(yy, 0, p.height - 1)) * p.width;
      let v0 = select(outside, x[start + clamp(left + 0, 0, p.width - 1)], inside & (left + 0 >= 0) & (left + 0 < p.width));
      let v1 = select(outside, x[start + clamp(left + 1, 0, p.width - 1)], inside & (left + 1 >= 0) & (left + 1 < p.width));
      let v2 = select(outside, x[start + clamp(left + 2, 0, p.width - 1)], inside & (left + 2 >= 0) & (left + 2 < p.width));
      let v3 = select(outside, x[start + clamp(left + 3, 0, p.width - 1)], inside & (left + 3 >= 0) & (left + 3 < p.width));
      let v4 = select(outside, x[start + clamp(left + 4, 0, p.width - 1)], inside & (left + 4 >= 0) & (left + 4 < p.width));
      let v5 = select(outside, x[start + clamp(left + 5, 0, p.width - 1)], inside & (left + 5 >= 0) & (left + 5 < p.width));
      let w0 = weights[(tile * p.perGroup + c) * 9u + 0u];
      sum0 += w0 * v0;
      sum1 += w0 * v1;
      sum2 += w0 * v2;
      sum3 += w0 * v3;
      let w1 = weights[(tile * p.perGroup + c) * 9u + 1u];
      sum0 += w1 * v1;
      sum1 += w1 * v2;
      sum2 += w1 * v3;
      sum3 += w1 * v4;
      let w2 = weights[(tile * p.perGroup + c) * 9u + 2u];
      sum0 += w2 * v2;
      sum1 += w2 * v3;
      sum2 += w2 * v4;
      sum3 += w2 * v5;
    }
    {
      let yy = top + 1;
      let inside = (yy >= 0) & (yy < p.height);
      let start = (plane + clamp(yy, 0, p.height - 1)) * p.width;
      let v0 = select(outside, x[start + clamp(left + 0, 0, p.width - 1)], inside & (left + 0 >= 0) & (left + 0 < p.width));
      let v1 = select(outside, x[start + clamp(left + 1, 0, p.width - 1)], inside & (left + 1 >= 0) & (left + 1 < p.width));
      let v2 = select(outside, x[start + clamp(left + 2, 0, p.width - 1)], inside & (left + 2 >= 0) & (left + 2 < p.width));
      let v3 = select(outside, x[start + clamp(left + 3, 0, p.width - 1)], inside & (left + 3 >= 0) & (left + 3 < p.width));
      let v4 = select(outside, x[start + clamp(left + 4, 0, p.width - 1)], inside & (left + 4 >= 0) & (left + 4 < p.width));
      let v5 = select(outside, x[start + clamp(left + 5, 0, p.width - 1)], inside & (left + 5 >= 0) & (left + 5 < p.width));
      let w0 = weights[(tile * p.perGroup + c) * 9u + 3u];
      sum0 += w0 * v0;
      sum1 += w0 * v1;
      sum2 += w0 * v2;
      sum3 += w0 * v3;
      let w1 = weights[(tile * p.perGroup + c) * 9u + 4u];
      sum0 += w1 * v1;
      sum1 += w1 * v2;
      sum2 += w1 * v3;
      sum3 += w1 * v4;
      let w2 = weights[(tile * p.perGroup + c) * 9u + 5u];
      sum0 += w2 * v2;
      sum1 += w2 * v3;
      sum2 += w2 * v4;
      sum3 += w2 * v5;
    }
    {
      let yy = top + 2;
      let inside = (yy >= 0) & (yy < p.height);
      let start = (plane + clamp(yy, 0, p.height - 1)) * p.width;
      let v0 = select(outside, x[start + clamp(left + 0, 0, p.width - 1)], inside & (left + 0 >= 0) & (left + 0 < p.width));
      let v1 = select(outside, x[start + clamp(left + 1, 0, p.width - 1)], inside & (left + 1 >= 0) & (left + 1 < p.width));
      let v2 = select(outside, x[start + clamp(left + 2, 0, p.width - 1)], inside & (left + 2 >= 0) & (left + 2 < p.width));
      let v3 = select(outside, x[start + clamp(left + 3, 0, p.width - 1)], inside & (left + 3 >= 0) & (left + 3 < p.width));
      let v4 = select(outside, x[start + clamp(left + 4, 0, p.width - 1)], inside & (left + 4 >= 0) & (left + 4 < p.width));
      let v5 = select(outside, x[start + clamp(left + 5, 0, p.width - 1)], inside & (left + 5 >= 0) & (left + 5 < p.width));
      let w0 = weights[(tile * p.perGroup + c) * 9u + 6u];
      sum0 += w0 * v0;
      sum1 += w0 * v1;
      sum2 += w0 * v2;
      sum3 += w0 * v3;
      let w1 = weights[(tile * p.perGroup + c) * 9u + 7u];
      sum0 += w1 * v1;
      sum1 += w1 * v2;
      sum2 += w1 * v3;
      sum3 += w1 * v4;
      let w2 = weights[(tile * p.perGroup + c) * 9u + 8u];
      sum0 += w2 * v2;
      sum1 += w2 * v3;
      sum2 += w2 * v4;
      sum3 += w2 * v5;
    }
  }
  if (column + 0u < p.outWidth) {
    for (var e = 0u; e < 4u; e++) {
      let o = tile * 4u + e;
      if (o < p.outputs) {
        let to = ((n * p.outputs + o) * p.outHeight + row) * p.outWidth + column + 0u;
        y[to] = sum0[e];
      }
    }
  }
  if (column + 1u < p.outWidth) {
    for (var e = 0u; e < 4u; e++) {
      let o = tile * 4u + e;
      if (o < p.outputs) {
        let to = ((n * p.outputs + o) * p.outHeight + row) * p.outWidth + column + 1u;
        y[to] = sum1[e];
      }
    }
  }
  if (column + 2u < p.outWidth) {
    for (var e = 0u; e < 4u; e++) {
      let o = tile * 4u + e;
      if (o < p.outputs) {
        let to = ((n * p.outputs + o) * p.outHeight + row) * p.outWidth + column + 2u;
        y[to] = sum2[e];
      }
    }
  }
  if (column + 3u < p.outWidth) {
    for (var e = 0u; e < 4u; e++) {
      let o = tile * 4u + e;
      if (o < p.outputs) {
        let to = ((n * p.outputs + o) * p.outHeight + row) * p.outWidth + column + 3u;
        y[to] = sum3[e];
      }
    }
  }
}
