using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Kindred.Benchmarks;

/// <summary>A point of a curve: what an index finds, and how quickly.</summary>
internal sealed record RetrievalPoint(
    string Index, int Effort, double Recall, double QueriesPerSecond, double BuildSeconds, double BytesPerVector);

/// <summary>hnswlib and faiss as Debian packages them (python3-hnswlib, python3-faiss), on the same vectors, in the same run.</summary>
internal static class RetrievalPeers
{
    private const string Python = "/usr/bin/python3"; // Debian's: the packages are not seen by others

    public static IReadOnlyList<RetrievalPoint> Measure(RetrievalData data, IEnumerable<string> wanted)
    {
        string folder = Directory.CreateTempSubdirectory("kindred-peers-").FullName;
        try
        {
            Write(Path.Combine(folder, "items"), MemoryMarshal.AsBytes(data.Items.Values.Span));
            Write(Path.Combine(folder, "queries"), MemoryMarshal.AsBytes(data.Queries.Values.Span));
            int[] truth = [.. data.Truth.SelectMany(items => items)];
            Write(Path.Combine(folder, "truth"), MemoryMarshal.AsBytes(truth.AsSpan()));
            return Run(data, folder, string.Join(';', wanted));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<RetrievalPoint> Run(RetrievalData data, string folder, string wanted)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "peers.py");
        var start = new ProcessStartInfo(
            Python, [script, folder, $"{data.Items.Rows}", $"{data.Items.Columns}", wanted]) { RedirectStandardOutput = true };
        var points = new List<RetrievalPoint>();
        if (!File.Exists(Python)) return points;
        using var process = Process.Start(start)!;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            string[] parts = line.Split('|');
            double Number(int n) => double.Parse(parts[n], CultureInfo.InvariantCulture);
            points.Add(new(parts[0], int.Parse(parts[1]), Number(2), Number(3), Number(4), Number(5)));
        }
        process.WaitForExit();
        if (process.ExitCode != 0)
            Console.Error.WriteLine("The peers did not finish; install python3-hnswlib and python3-faiss of Debian.");
        return points;
    }

    private static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = File.Create(path);
        file.Write(bytes);
    }
}
