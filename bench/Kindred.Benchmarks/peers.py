"""hnswlib and faiss on the vectors of a run: prints name|effort|recall@10|queries a second|seconds to build|bytes a vector."""
import sys, time
import numpy as np, hnswlib, faiss

folder, n, d, wanted = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4].split(";")
items = np.fromfile(f"{folder}/items", dtype=np.float32).reshape(n, d)
queries = np.fromfile(f"{folder}/queries", dtype=np.float32).reshape(-1, d)
truth = np.fromfile(f"{folder}/truth", dtype=np.int32).reshape(-1, 10)
threads = 2


def measure(name, efforts, search, seconds, size):
    for effort in efforts:
        best = 1e9
        for _ in range(3):
            start = time.perf_counter()
            found = search(effort)
            best = min(best, time.perf_counter() - start)
        recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, truth)])
        print(f"{name}|{effort}|{recall}|{len(queries) / best}|{seconds}|{size}", flush=True)


if "hnswlib" in wanted:
    index = hnswlib.Index(space="ip", dim=d)
    index.init_index(n, ef_construction=200, M=16)
    index.set_num_threads(threads)
    start = time.perf_counter()
    index.add_items(items)
    seconds = time.perf_counter() - start
    index.set_num_threads(1)

    def search(ef):
        index.set_ef(ef)
        return index.knn_query(queries, k=10)[0]

    measure("hnswlib M16", [10, 20, 40, 80, 160, 320], search, seconds, 4 * d + 4 * 33 + 12)

for kind in [kind for kind in wanted if kind.startswith("faiss:")]:
    spec = kind[6:]
    index = faiss.index_factory(d, spec, faiss.METRIC_INNER_PRODUCT)
    faiss.omp_set_num_threads(threads)
    start = time.perf_counter()
    index.train(items)
    index.add(items)
    seconds = time.perf_counter() - start
    faiss.omp_set_num_threads(1)
    space = faiss.ParameterSpace()
    probing = "quantizer_efSearch" if "HNSW" in spec and "IVF" in spec else "efSearch" if "HNSW" in spec else "nprobe"
    size = len(faiss.serialize_index(index)) / n

    def search(effort):
        if probing == "nprobe":
            space.set_index_parameter(index, "nprobe", min(effort, 4096))
            if spec.endswith("RFlat"):
                index.k_factor = 10
        else:
            space.set_index_parameter(index, probing, effort)
        return index.search(queries, 10)[1]

    efforts = [0] if spec in ("Flat", "SQ8") else [10, 20, 40, 80, 160, 320] if probing == "efSearch" else [2, 4, 8, 16, 32, 64, 128, 256]
    if efforts == [0]:
        measure(f"faiss {spec}", efforts, lambda _: index.search(queries, 10)[1], seconds, size)
    else:
        measure(f"faiss {spec}", efforts, search, seconds, size)
