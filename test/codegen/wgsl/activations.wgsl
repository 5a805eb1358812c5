// relu 
fn activate(x: f32) -> f32 {
  return max(x, 0.0);
}

// clip act0=0 act1=6
fn activate(x: f32) -> f32 {
  return min(max(x, p.act0), p.act1);
}

// leakyRelu act0=0.01
fn activate(x: f32) -> f32 {
  return select(p.act0 * x, x, x >= 0.0);
}

// sigmoid 
fn activate(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, -80.0, 80.0)));
}

// silu 
fn activate(x: f32) -> f32 {
  return select(x / (1.0 + exp(-clamp(x, -80.0, 80.0))), 0.0, x < -80.0);
}

// hardSigmoid act0=0.2 act1=0.5
fn activate(x: f32) -> f32 {
  return clamp(p.act0 * x + p.act1, 0.0, 1.0);
}

// hardSwish 
fn activate(x: f32) -> f32 {
  return x * clamp(x / 6.0 + 0.5, 0.0, 1.0);
}

// gelu act0=0

fn erf(x: f32) -> f32 {
  let t = min(abs(x), 4.0);
  let s = t * t;
  if (t > 0.927734375) {
    var r = (-1.72853470e-5 * t + 3.83197126e-4) * s + (-3.88396438e-3 * t + 2.42546219e-2);
    r = ((r * t - 1.06777877e-1) * t - 6.34846687e-1) * t - 1.28717512e-1;
    return sign(x) * (1.0 - exp(r * t - t));
  }
  var r = (-5.96761703e-4 * s + 4.99119423e-3) * s - 2.67681349e-2;
  r = ((r * s + 1.12819925e-1) * s - 3.76125336e-1) * s + 1.28379166e-1;
  return sign(x) * (r * t + t);
}
fn activate(x: f32) -> f32 {
  return 0.5 * x * (1.0 + erf(x * 0.7071067811865476));
}

// gelu act0=1
fn activate(x: f32) -> f32 {
  let v = clamp(x, -10.0, 10.0);
  let u = 1.5957691216057308 * (v + 0.044715 * v * v * v);
  return select(x / (1.0 + exp(-clamp(u, -80.0, 80.0))), 0.0, x < -10.0);
}
