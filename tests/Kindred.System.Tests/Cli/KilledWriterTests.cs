using System.Diagnostics;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>Real processes, ended by kill -9 in the middle of writing.</summary>
public sealed class KilledWriterTests(Films films) : IClassFixture<Films>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private KindredProcess Kindred => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    /// <summary>Starts the command and kills it once the condition holds, or after its own end.</summary>
    private void KillWhen(Func<bool> condition, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Kindred.Cli.dll"), .. arguments])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        while (!process.HasExited && !condition()) Thread.Sleep(1);
        process.Kill();
        process.WaitForExit();
        Task.WaitAll(output, errors);
    }

    private string[] Drafts(string folder = "", string inside = "lock") =>
        [.. Directory.GetDirectories(_folder.File(folder), ".*.tmp").Where(draft => File.Exists(Path.Combine(draft, inside)))];

    [Fact]
    public async Task A_killed_import_leaves_the_old_data_and_its_leftovers_are_told_and_removed_by_the_next()
    {
        await Kindred.Succeed("import", Films.Raw, "--out", "data");
        KillWhen(() => Drafts().Length > 0, "import", Films.Raw, "--out", "data");
        Assert.NotEmpty(Drafts());
        await Kindred.Succeed("inspect", "data");

        var again = await Kindred.Run("import", Films.Raw, "--out", "data");

        Assert.Equal(0, again.ExitCode);
        Assert.Contains("which an interrupted run had left.", again.StandardError, StringComparison.Ordinal);
        Assert.Equal(["data"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Killed_at_any_moment_of_replacing_there_is_a_whole_folder()
    {
        await Kindred.Succeed("import", Films.Raw, "--out", "data");
        for (int round = 0; round < 4; round++)
        {
            KillWhen(() => Drafts(inside: "next/manifest.json").Length > 0, "import", Films.Raw, "--out", "data");
            await Kindred.Succeed("inspect", "data");
        }
    }

    [Fact]
    public async Task A_killed_publisher_leaves_nothing_that_is_served_and_serving_removes_it()
    {
        await Kindred.Succeed("publish", films.Data, "--model", "popularity", "--out", "snapshots");
        KillWhen(() => Drafts("snapshots", "next/ids.safetensors").Length > 0,
            "publish", films.Data, "--model", "popularity", "--out", "snapshots");
        Assert.NotEmpty(Drafts("snapshots"));

        var answer = await Kindred.Run("recommend", "snapshots", "--user", "1");

        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("which an interrupted run had left.", answer.StandardError, StringComparison.Ordinal);
        Assert.Empty(Drafts("snapshots"));
        await Kindred.Succeed("publish", films.Data, "--model", "popularity", "--out", "snapshots");
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(_folder.File("snapshots")).Count()); // no claim is left either
    }

    [Fact]
    public async Task Publishers_in_the_same_second_lose_nothing_and_the_last_one_is_served_whatever_the_clock_says()
    {
        string[] publish = ["publish", films.Data, "--model", "popularity", "--out", "snapshots", "--json"];
        var published = await Task.WhenAll(Kindred.Json(publish), Kindred.Json(publish), Kindred.Json(publish));
        string[] names = [.. published.Select(answer => Path.GetFileName((string)answer["snapshot"]!)).Order()];
        Assert.Equal(names, Directory.GetDirectories(_folder.File("snapshots")).Select(path => Path.GetFileName(path)).Order());
        Assert.Equal(["000001", "000002", "000003"], names.Select(name => name.Split('-')[0]));
    }

    [Fact]
    public async Task A_server_survives_when_its_files_are_cut_short()
    {
        await Kindred.Succeed("publish", films.Data, "--model", "item-knn", "--out", "snapshots");
        string snapshot = Directory.GetDirectories(_folder.File("snapshots")).Single();
        var (exitCode, said) = await Kindred.Interrupt("TERM", new(@"at (http://\S+?):? "), async match =>
        {
            foreach (string file in Directory.GetFiles(snapshot))
                await using (var stream = File.OpenWrite(file)) stream.SetLength(0);
            using var client = new HttpClient();
            for (int user = 1; user <= 20; user++)
            {
                var answer = await client.GetAsync(
                    new Uri($"{match.Groups[1].Value.TrimEnd(':')}/v1/users/{user}/recommendations"),
                    TestContext.Current.CancellationToken);
                Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
            }
        }, "serve", "--snapshot", "snapshots", "--url", "http://127.0.0.1:0");
        Assert.True(exitCode == 0, said);
    }
}
