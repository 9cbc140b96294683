using System.Diagnostics;
using System.Globalization;
using DuckDB.NET.Data;
using Kindred.Import;

namespace Kindred.Benchmarks;

/// <summary>
/// The whole import of a generated CSV file beside DuckDB's own reading and sorting of the same file. Each runs in a process of its own, in
/// turns, so that neither inherits the other's memory and both meet the same machine.
/// </summary>
internal static class ImportBenchmark
{
    private const int Users = 500_000, Items = 27_000, Rounds = 3;

    /// <param name="Processor">Seconds of processor time, which say more than the clock on a machine that is busy otherwise.</param>
    /// <param name="Peak">MB of resident memory.</param>
    private sealed record Measurement(double Seconds, double Processor, double Peak);

    /// <param name="args">Number of rows; 10 million where left out.</param>
    public static int Run(string[] args)
    {
        switch (args)
        {
            case ["sort", var file]:
                Report(() => Sort(file));
                return 0;
            case ["whole", var file, var folder]:
                Report(() => Importer.Import(new ImportOptions { Sources = [file] }, folder, null, CancellationToken.None));
                return 0;
        }
        int rows = args.Length > 0 ? int.Parse(args[0]) : 10_000_000;
        string scratch = Directory.CreateTempSubdirectory("kindred-bench-").FullName;
        try
        {
            string file = Path.Combine(scratch, "events.csv");
            Generate(file, rows);
            Console.WriteLine($"{rows:N0} rows, {new FileInfo(file).Length / 1e6:F0} MB of CSV, string ids, {Users:N0} users, "
                + $"{Items:N0} items (Zipf); {Environment.ProcessorCount} threads");
            List<Measurement> sort = [], whole = [];
            for (int round = 0; round < Rounds; round++)
            {
                sort.Add(Child("sort", file));
                whole.Add(Child("whole", file, Path.Combine(scratch, "data")));
            }
            Print("DuckDB: read_csv + sort into a table", sort, rows);
            Print("Kindred: import into a data folder", whole, rows);
            Console.WriteLine($"ratio of the medians: {Median(whole, r => r.Seconds) / Median(sort, r => r.Seconds):F2}, "
                + $"in processor time {Median(whole, r => r.Processor) / Median(sort, r => r.Processor):F2}");
            return 0;
        }
        finally { Directory.Delete(scratch, recursive: true); }
    }

    /// <summary>Item popularity is Zipf's with exponent 1: rank = (items + 1)^u for uniform u. Same rows in every run.</summary>
    private static void Generate(string file, int rows) => Execute($"""
        COPY (SELECT 'user-' || hash(i) % {Users} AS user_id,
                     'item-' || CAST(floor(pow({Items} + 1, hash(i + 0.25) % 1000000007 / 1000000007.0)) AS INTEGER) AS item_id,
                     1 + hash(i + 0.5) % 5 AS rating, 1500000000 + hash(i + 0.75) % 100000000 AS timestamp
              FROM range({rows}) t(i)) TO '{file}' (HEADER)
        """);

    private static void Sort(string file) =>
        Execute($"CREATE TABLE sorted AS SELECT * FROM read_csv('{file}') ORDER BY user_id, timestamp");

    private static void Execute(string sql)
    {
        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static void Report(Action work)
    {
        var clock = Stopwatch.StartNew();
        work();
        double seconds = clock.Elapsed.TotalSeconds;
        using var self = Process.GetCurrentProcess();
        double processor = self.TotalProcessorTime.TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds} {processor} {self.PeakWorkingSet64}"));
    }

    private static Measurement Child(params string[] arguments)
    {
        string[] command = [typeof(ImportBenchmark).Assembly.Location, "import", .. arguments];
        var start = new ProcessStartInfo("dotnet", command) { RedirectStandardOutput = true };
        using var child = Process.Start(start) ?? throw new InvalidOperationException("dotnet cannot be started.");
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode != 0) throw new InvalidOperationException($"{arguments[0]} failed with exit code {child.ExitCode}.");
        var numbers = output.Split().Where(w => w.Length > 0).Select(w => double.Parse(w, CultureInfo.InvariantCulture)).ToArray();
        return new(numbers[0], numbers[1], numbers[2] / 1e6);
    }

    private static void Print(string name, List<Measurement> runs, int rows) => Console.WriteLine(
        $"{name,-38} {Median(runs, r => r.Seconds),6:F2} s ({string.Join(", ", runs.Select(r => r.Seconds.ToString("F2")))})"
        + $"  processor {Median(runs, r => r.Processor):F2} s  {rows / Median(runs, r => r.Seconds) / 1e6:F2} M rows/s"
        + $"  peak {runs.Max(r => r.Peak):N0} MB");

    private static double Median(List<Measurement> runs, Func<Measurement, double> of) => runs.Select(of).Order().ElementAt(runs.Count / 2);
}
