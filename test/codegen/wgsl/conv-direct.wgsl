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
  outputs: u32,
  perGroup: u32,
  outputsPerGroup: u32,
  pack: u32,
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
  let column = i32(index % p.outWidth);
  let row = i32(index / p.outWidth % p.outHeight);
  let o = index / p.outWidth / p.outHeight % p.outputs;
  let n = index / p.outWidth / p.outHeight / p.outputs;
  let top = row * p.strideY - p.top;
  let left = column * p.strideX - p.left;
  let rest = p.perGroup * u32(p.kernelHeight * p.kernelWidth);
  var at = o / p.pack * rest * p.pack + o % p.pack;
  var result = bias[o];
  for (var c = 0u; c < p.perGroup; c++) {
    let channel = o / p.outputsPerGroup * p.perGroup + c;
    let outside = 0.0;
    let plane = i32(n * p.channels + channel) * p.height;
    for (var i = 0; i < p.kernelHeight; i++) {
      let yy = top + i * p.dilationY;
      for (var j = 0; j < p.kernelWidth; j++) {
        let xx = left + j * p.dilationX;
        var value = outside;
        if (yy >= 0 && yy < p.height && xx >= 0 && xx < p.width) {
          value = x[(plane + yy) * p.width + xx];
        }
        result += weights[at] * value;
        at += p.pack;
      }
    }
  }
  y[index] = activate(result);
}
