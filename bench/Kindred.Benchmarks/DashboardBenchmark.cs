using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Kindred.Benchmarks;

/// <summary>Pages of the dashboard of a large living server: their size, and how long the server takes for them.</summary>
internal static partial class DashboardBenchmark
{
    private const int Times = 30;

    private static readonly string[] Pages =
    [
        "/", "/user", "/user?id=user-1", "/item", "/item?id=item-1", "/data", "/pipeline", "/experiments", "/off-policy",
        "/models", "/access",
    ];

    public static async Task<int> Run(string[] args)
    {
        int At(int n, int otherwise) => args.Length > n ? int.Parse(args[n], CultureInfo.InvariantCulture) : otherwise;
        int users = At(0, 1_000_000), items = At(1, 50_000), events = At(2, 2_000_000);
        Console.WriteLine(Machine.Describe());
        string folder = Directory.CreateTempSubdirectory("kindred-bench-").FullName;
        try
        {
            events = await LivingBenchmark.Make(folder, users, items, events, null);
            using var server = await LivingProcess.Start(folder, "--no-renewal");
            Console.WriteLine($"{events:N0} events, {users:N0} users and {items:N0} items in the store");
            string first = System.Text.Encoding.UTF8.GetString(await server.Read("/"));
            int loaded = 0;
            foreach (Match asset in Asset().Matches(first)) loaded += (await server.Read(asset.Value)).Length;
            Console.WriteLine($"the first page is {first.Length / 1e3:F1} KB, and loads {loaded / 1e3:F1} KB once");
            Console.WriteLine($"{"page",-20} {"KB",9} {"first ms",10} {"p50 ms",10} {"longest ms",10}");
            foreach (string page in Pages) await Measure(server, page, Times);
            await Measure(server, "/map", 3);
            await Measure(server, "/map.json", 3);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Measure(LivingProcess server, string page, int times)
    {
        var (taken, bytes) = (new List<double>(), 0);
        for (int n = 0; n <= times; n++)
        {
            long start = Stopwatch.GetTimestamp();
            bytes = (await server.Read(page)).Length;
            taken.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        double[] later = [.. taken.Skip(1).Order()];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{page,-20} {bytes / 1e3,9:F1} {taken[0],10:F1} {later[later.Length / 2],10:F1} {later[^1],10:F1}"));
    }

    [GeneratedRegex("/assets/[0-9a-f]+[.][a-z]+")]
    private static partial Regex Asset();
}
