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
  channelsPerGroup: u32,
  outputs: u32,
  perGroup: u32,
  pack: u32,
  packs: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
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
  let column = i32(index % p.outWidth) + p.left;
  let row = i32(index / p.outWidth % p.outHeight) + p.top;
  let o = index / p.outWidth / p.outHeight % p.outputs;
  let n = index / p.outWidth / p.outHeight / p.outputs;
  let first = o / p.perGroup * p.channelsPerGroup;
  let taps = p.kernelHeight * p.kernelWidth;
  let step = p.packs * p.pack * u32(taps);
  var result = bias[o];
  for (var i = 0; i < p.kernelHeight; i++) {
    let yy = row - i * p.dilationY;
    // Of a negative number the remainder is negative or 0.
    if (yy % p.strideY != 0 || yy < 0 || yy / p.strideY >= p.height) {
      continue;
    }
    for (var j = 0; j < p.kernelWidth; j++) {
      let xx = column - j * p.dilationX;
      if (xx % p.strideX != 0 || xx < 0 || xx / p.strideX >= p.width) {
        continue;
      }
      let plane = u32(p.height * p.width);
      var pixel = (n * p.channels + first) * plane + u32(yy / p.strideY * p.width + xx / p.strideX);
      let m = o % p.perGroup;
      let line = m / p.pack * u32(taps) + u32(i * p.kernelWidth + j);
      var at = first * step + line * p.pack + m % p.pack;
      for (var c = 0u; c < p.channelsPerGroup; c++) {
        result += weights[at] * x[pixel];
        pixel += plane;
        at += step;
      }
    }
  }
  y[index] = activate(result);
}
