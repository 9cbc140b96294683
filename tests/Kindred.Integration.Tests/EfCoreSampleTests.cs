using System.Diagnostics;
using Kindred.Tests.Support;

namespace Kindred.Integration.Tests;

/// <summary>The built sample as a process.</summary>
public sealed class EfCoreSampleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_reads_a_database_trains_publishes_and_recommends()
    {
        string bin = AppContext.BaseDirectory.Replace("Kindred.Integration.Tests", "EfCoreSample", StringComparison.Ordinal);
        using var sample = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(bin, "EfCoreSample.dll")])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
        })!;
        string said = await sample.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await sample.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, sample.ExitCode);
        string[] lines = said.TrimEnd().Split('\n');
        // one an hour for 8,000 hours, without those of January
        Assert.Equal($"{8_000 - (31 * 24)} purchases of 400 customers", lines[0]);
        Assert.Contains("beats popularity by", said, StringComparison.Ordinal);
        Assert.Equal(3, lines[^3..].Count(line => line.StartsWith("customer1 may like kitchen article", StringComparison.Ordinal)));
        Assert.Single(Directory.GetDirectories(_folder.File("snapshots")));
    }
}
