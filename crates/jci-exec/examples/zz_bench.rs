//! x
#![allow(missing_docs)]
use jci_exec::*;
use std::time::*;
struct Null(u64);
impl OutputSink for Null {
    fn output(&mut self, _: Duration, b: &[u8]) -> std::io::Result<()> {
        self.0 += b.len() as u64;
        Ok(())
    }
}
fn main() {
    let what = std::env::args().nth(1).unwrap();
    match what.as_str() {
        "trivial" => {
            std::fs::write("/tmp/true.sh", "true\n").unwrap();
            let mut a = vec![];
            let mut b = vec![];
            for _ in 0..300 {
                let t = Instant::now();
                std::process::Command::new("bash")
                    .arg("/tmp/true.sh")
                    .stdin(std::process::Stdio::null())
                    .output()
                    .unwrap();
                a.push(t.elapsed());
                let t = Instant::now();
                let o = Job::script(Script::open("/tmp/true.sh").unwrap())
                    .run(&mut Null(0), &Cancel::new())
                    .unwrap();
                assert!(o.is_success());
                b.push(t.elapsed());
            }
            a.sort();
            b.sort();
            println!("bash {:?} job {:?}", a[150], b[150]);
        }
        "flood" => {
            for _ in 0..3 {
                let mut tee = Tee::new()
                    .with("a", WriteSink::new(std::fs::File::create("/dev/null").unwrap()))
                    .with("b", WriteSink::new(std::fs::File::create("/dev/shm/out").unwrap()));
                let t = Instant::now();
                let o = Job::program("bash")
                    .arg("-c")
                    .arg("yes | head -c 1G")
                    .run(&mut tee, &Cancel::new())
                    .unwrap();
                println!("{:?} {}", t.elapsed(), o.output_bytes);
            }
        }
        "flood0" => {
            for _ in 0..3 {
                let t = Instant::now();
                let o = Job::program("head")
                    .arg("-c")
                    .arg("1G")
                    .arg("/dev/zero")
                    .run(&mut Null(0), &Cancel::new())
                    .unwrap();
                println!("{:?} {}", t.elapsed(), o.output_bytes);
            }
        }
        "mask" => {
            let pem: String = (0..50)
                .map(|i| format!("{:064x}\n", (i as u128 + 77) * 0x1234567890abcdef1234567))
                .collect();
            for (name, secrets) in [
                ("none", vec![]),
                ("one", vec![Secret::new("a", "hunter2-s3cr3t!")]),
                (
                    "ten",
                    (0..10)
                        .map(|i| {
                            Secret::new("a", format!("{i}tok_{:x}", (i + 3) * 0x9876543210fedcbu64))
                        })
                        .collect(),
                ),
                ("pem", vec![Secret::new("k", pem)]),
            ] {
                let t = Instant::now();
                let m = Masker::new(secrets).unwrap();
                let build = t.elapsed();
                let line=b"2026-01-01T00:00:00 INFO   Compiling some-crate v1.2.3 (/work/dir/some-crate) features=[default,std]\n";
                let text = line.repeat(100 << 20 >> 7);
                let t = Instant::now();
                let mut s = m.stream();
                let mut out = Vec::new();
                for c in text.chunks(65536) {
                    out.clear();
                    s.feed(c, &mut out);
                }
                println!(
                    "{name}: build {build:?}, {:.0} MB/s",
                    text.len() as f64 / 1e6 / t.elapsed().as_secs_f64()
                );
            }
        }
        _ => {}
    }
}
