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
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

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
  let column = i32(index % p.outWidth);
  let row = i32(index / p.outWidth % p.outHeight);
  let image = i32(index / p.outWidth / p.outHeight);
  let y0 = row * p.strideY - p.top;
  let x0 = column * p.strideX - p.left;
  let yEnd = min(y0 + p.kernelHeight, p.height);
  let xEnd = min(x0 + p.kernelWidth, p.width);
  let yStart = max(y0, 0);
  let xStart = max(x0, 0);
  var result = 0.0;
  for (var i = yStart; i < yEnd; i++) {
    for (var j = xStart; j < xEnd; j++) {
      let value = x[(image * p.height + i) * p.width + j];
      result += value;
    }
  }
  y[index] = result / f32((yEnd - yStart) * (xEnd - xStart));
}
