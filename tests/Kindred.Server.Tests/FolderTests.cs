using System.Text.Json.Nodes;
using Kindred.Tests.Support;

namespace Kindred.ServerTests;

/// <summary>A living folder from nothing, its lock and its health.</summary>
public sealed class FolderTests
{
    [Fact]
    public async Task A_folder_is_made_and_served_from_nothing()
    {
        await using var server = await LivingServer.Start();
        var health = await server.Get("/health");
        Assert.Equal("ready", (string)health["status"]!);
        Assert.Contains("SQLite", (string)health["store"]!, StringComparison.OrdinalIgnoreCase);
        Assert.True(File.Exists(Path.Combine(server.Folder, "kindred.db")));
        Assert.True(Directory.Exists(Path.Combine(server.Folder, "snapshots")));
        Assert.Contains("only programs of this machine", server.Said, StringComparison.Ordinal);
        Assert.Equal("live", (string)(await server.Get("/health/live"))["status"]!);
    }

    [Fact]
    public async Task A_second_server_of_a_folder_is_refused_and_a_killed_one_leaves_no_lock()
    {
        await using var server = await LivingServer.Start();
        var (exitCode, _, error) = await LivingServer.Command("serve", "--data", server.Folder, "--url", "http://127.0.0.1:0");
        Assert.Equal(2, exitCode);
        Assert.Contains("Another server has the folder", error, StringComparison.Ordinal);

        await server.Kill();
        await server.Restart();
        Assert.Equal("ready", (string)(await server.Get("/health"))["status"]!);
    }

    [Fact]
    public async Task It_stops_when_it_is_told_to()
    {
        await using var server = await LivingServer.Start();
        Assert.Equal(0, await server.Stop());
        Assert.Contains("Stopping: not ready", server.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_other_files_is_refused()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("letter.txt"), "Dear", LivingServer.Cancellation);
        var (exitCode, _, error) = await LivingServer.Command("serve", "--data", folder.Path);
        Assert.Equal(2, exitCode);
        Assert.Contains("not those of a living folder", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_public_address_without_keys_is_refused()
    {
        using var folder = new TemporaryFolder();
        var (exitCode, _, error) = await LivingServer.Command("serve", "--data", folder.File("shop"), "--url", "http://0.0.0.0:0");
        Assert.Equal(2, exitCode);
        Assert.Contains("kindred keys add", error, StringComparison.Ordinal);
        Assert.Contains("--allow-anonymous", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("serve", "--data", "a", "--snapshot", "b")]
    [InlineData("serve", "--snapshot", "b", "--store", "postgres://x/y")]
    [InlineData("serve", "--data", "a", "--url", "ftp://127.0.0.1")]
    public async Task Options_that_do_not_fit_are_refused(params string[] arguments)
    {
        var (exitCode, output, error) = await LivingServer.Command(arguments);
        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.Single(error.TrimEnd().Split('\n'));
    }
}
