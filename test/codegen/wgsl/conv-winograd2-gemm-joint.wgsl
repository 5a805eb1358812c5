struct Params {
  count: u32,
  outHeight: u32,
  outWidth: u32,
  outputs: u32,
  planes: u32,
  stride: u32,
  one: u32,
}

@group(0) @binding(0) var<storage, read> products: array<f32>;
@group(0) @binding(1) var<storage, read> bias: array<f32>;
@group(0) @binding(2) var<storage, read> residual: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

// What is beyond the image stays zero.
var<workgroup> image: array<f32, 400>;

fn transformProducts(m: array<f32, 4>) -> array<f32, 2> {
  return array<f32, 2>(m[0] + m[1] + m[2], m[1] - m[2] - m[3]);
}

fn transformPatch(d: array<f32, 4>) -> array<f32, 4> {
  return array<f32, 4>(d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]);
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
  let index = (group.z * groups.y + group.y) * groups.x + group.x;
  if (index >= p.count) {
    return;
  }
  for (var turn = 0u; turn < 1u; turn++) {
    let item = local + turn * 64u;
    let plane = index * 5u + item / 12u;
    if (item < 60u && plane < p.planes) {
      let start = item / 12u * 80u;
      let tile = item % 12u;
      let o = plane % p.outputs;
      let place = plane / p.outputs * 12u + tile;
      let left = tile % 3u * 2u;
      let top = tile / 3u * 2u;
      var d: array<f32, 16>;
      for (var f = 0u; f < 16u; f++) {
        d[f] = products[(f * p.outputs + o) * p.stride + place];
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
            image[start + (yy + 1u) * 8u + xx + 1u] = activate(row[j] + bias[o] + residual[(plane * p.outHeight + yy) * p.outWidth + xx]);
          }
        }
      }
    }
  }
  workgroupBarrier();

  for (var turn = 0u; turn < 1u; turn++) {
    let item = local + turn * 64u;
    let plane = index * 5u + item / 12u;
    if (item < 60u && plane < p.planes) {
      let start = item / 12u * 80u;
      let tile = item % 12u;
      let o = plane % p.outputs;
      let place = plane / p.outputs * 12u + tile;
      let left = tile % 3u * 2u;
      let top = tile / 3u * 2u;
      var d: array<f32, 16>;
      for (var i = 0u; i < 4u; i++) {
        for (var j = 0u; j < 4u; j++) {
          d[i * 4u + j] = image[start + (top + i) * 8u + left + j];
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
          y[((i * 4u + j) * p.outputs + o) * p.stride + place] = row[j];
        }
      }
    }
  }
}
