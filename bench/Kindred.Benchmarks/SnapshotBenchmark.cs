using System.Diagnostics;
using Kindred.Data;
using Kindred.Numerics;
using Kindred.Storage;

namespace Kindred.Benchmarks;

/// <summary>How long a folder of embeddings and ids takes to open, beside reading its bytes once, which no check can beat.</summary>
/// <remarks>Arguments: items (1 000 000), dimensions (64), rounds (7).</remarks>
internal static class SnapshotBenchmark
{
    private const string Kind = "kindred benchmark";

    public static void Run(string[] args)
    {
        int items = args.Length > 0 ? int.Parse(args[0]) : 1_000_000;
        int dimensions = args.Length > 1 ? int.Parse(args[1]) : 64;
        int rounds = args.Length > 2 ? int.Parse(args[2]) : 7;

        string folder = Directory.CreateTempSubdirectory("kindred-bench-").FullName;
        try
        {
            string path = Path.Combine(folder, "snapshot");
            var write = Stopwatch.StartNew();
            Write(path, items, dimensions);
            long bytes = Directory.GetFiles(path).Sum(file => new FileInfo(file).Length);
            Console.WriteLine($"{items:N0} items x {dimensions} dimensions, {bytes / 1e6:N0} MB, written " +
                $"in {write.Elapsed.TotalSeconds:F1} s.");
            Console.WriteLine($"Best and median of {rounds} rounds, file cache warm:");

            // Taken in turns, so that both meet the same machine.
            var (open, readIn, read) = (new double[rounds], new double[rounds], new double[rounds]);
            for (int round = 0; round < rounds; round++)
            {
                read[round] = Milliseconds(() => ReadOnce(path));
                open[round] = Milliseconds(() => Open(path));
                readIn[round] = Milliseconds(() => ReadIn(path));
            }
            Report("open, every checksum verified, one id looked up", open, bytes);
            Report("read into memory alone, one id looked up", readIn);
            Report("read the same bytes once", read, bytes);
            Console.WriteLine($"open / read once: {open.Min() / read.Min():F2}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Write(string path, int items, int dimensions)
    {
        TensorWriter ids = new(), model = new();
        new Vocabulary([.. Enumerable.Range(0, items).Select(IdOf)]).Save(ids, "items");
        var embeddings = new Matrix(items, dimensions);
        var rng = new Rng(42);
        foreach (ref float value in embeddings.Values.Span) value = rng.NextFloat() - 0.5f;
        model.Add("embeddings", embeddings);
        SealedFolder.Write(path, Kind, 1, "a benchmark", [("ids.safetensors", ids), ("model.safetensors", model)]);
    }

    private static string IdOf(int item) => $"item-{item * 7919L}";

    private static void Open(string path)
    {
        using var folder = SealedFolder.Open(path, Kind, 1);
        LookUp(folder.Tensors("ids.safetensors"), folder.Tensors("model.safetensors"));
    }

    private static void ReadIn(string path)
    {
        using var ids = TensorFile.Open(Path.Combine(path, "ids.safetensors"));
        using var model = TensorFile.Open(Path.Combine(path, "model.safetensors"));
        LookUp(ids, model);
    }

    private static void LookUp(TensorFile ids, TensorFile model)
    {
        var vocabulary = Vocabulary.Load(ids, "items");
        var embeddings = model.Matrix("embeddings");
        int item = vocabulary.Count / 2;
        if (!vocabulary.TryGetIndex(IdOf(item), out int found) || found != item || embeddings.Row(found)[0] == 0)
            throw new InvalidOperationException("The folder does not hold what was written.");
    }

    /// <summary>The files at once, as <see cref="SealedFolder.Open"/> takes them, each through one buffer.</summary>
    private static void ReadOnce(string path) => Parallel.ForEach(Directory.GetFiles(path), file =>
    {
        using var handle = File.OpenHandle(file);
        var buffer = new byte[1 << 19];
        for (long position = 0, read = 1; read > 0; position += read) read = RandomAccess.Read(handle, buffer, position);
    });

    private static double Milliseconds(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalMilliseconds;
    }

    private static void Report(string name, double[] milliseconds, long bytes = 0)
    {
        string rate = bytes > 0 ? $"  {bytes / milliseconds.Min() / 1e6,6:F1} GB/s" : "";
        double median = milliseconds.Order().ElementAt(milliseconds.Length / 2);
        Console.WriteLine($"  {name,-50}{milliseconds.Min(),8:F2} ms {median,8:F2} ms{rate}");
    }
}
