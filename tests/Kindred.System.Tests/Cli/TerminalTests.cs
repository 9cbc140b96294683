using System.Text.RegularExpressions;
using CliWrap;
using CliWrap.Buffered;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>What a person sees, through a pseudo-terminal of `script`.</summary>
public sealed partial class TerminalTests
{
    [Theory, InlineData(80), InlineData(120)]
    public async Task On_a_terminal_there_are_colors_and_every_line_fits(int width)
    {
        using var folder = new TemporaryFolder();
        string said = await OnTerminal(
            folder.Path, width, "xterm-256color", $"evaluate {Films.Raw} --model item-knn --model popularity:halfLifeDays=800");
        Assert.Contains("\e[", said, StringComparison.Ordinal);
        string[] lines = [.. Escapes.Replace(said, "").Split(['\n', '\r']).Select(line => line.TrimEnd())];
        Assert.All(lines, line => Assert.True(line.Length <= width, line));
        Assert.Contains(lines, line => line.StartsWith("✓ Training item-knn", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("── Leaderboard by NDCG@10 ──", StringComparison.Ordinal));
        Assert.Contains("NDCG@K by the length of the list", lines);
    }

    [Fact]
    public async Task There_are_plots_on_a_terminal_and_none_elsewhere()
    {
        using var folder = new TemporaryFolder();
        string inspect = $"inspect {Films.Raw}", train = $"train {Films.Raw} --model implicit-als:dimensions=4,epochs=4 --out als";
        Assert.Contains("Events of an item, by its rank", await OnTerminal(folder.Path, 80, "xterm", inspect), StringComparison.Ordinal);
        Assert.Contains("Loss by epoch", await OnTerminal(folder.Path, 80, "xterm", train), StringComparison.Ordinal);
        var kindred = new KindredProcess(folder.Path);
        Assert.DoesNotMatch("[\u2801-\u28ff│]", await kindred.Succeed(inspect.Split(' ')));
        Assert.DoesNotMatch("[\u2801-\u28ff│]", await kindred.Succeed(train.Split(' ')));
    }

    [Theory, InlineData("dumb", ""), InlineData("xterm", "NO_COLOR=1")]
    public async Task A_simple_terminal_and_one_without_colors_get_plain_text(string terminal, string setting)
    {
        using var folder = new TemporaryFolder();
        string said = await OnTerminal(folder.Path, 80, terminal, "model show implicit-als", setting);
        Assert.DoesNotMatch(@"\e\[[0-9;]*m", said); // the runtime itself switches the keypad on and off
        Assert.Matches("dimensions +128 +at least 1", said);
    }

    [Theory, InlineData("xterm-256color"), InlineData("dumb")]
    public async Task Names_of_files_and_items_do_not_steer_the_terminal(string terminal)
    {
        using var folder = new TemporaryFolder();
        const string Title = "\e]0;taken over\a"; // would become the title of the window
        await File.WriteAllLinesAsync(
            folder.File($"x{Title}.csv"), ["user,item", $"a,{Title}i", $"b,{Title}i", "b,j"], TestContext.Current.CancellationToken);
        string said = await OnTerminal(folder.Path, 120, terminal, $"recommend 'x{Title}.csv' --user b --model popularity") +
            await OnTerminal(folder.Path, 120, terminal, $"recommend 'x{Title}.csv' --history j --model popularity");
        Assert.DoesNotContain(Title, said, StringComparison.Ordinal);
        Assert.Contains(@"Importing x\u001b]0;taken over\u0007.csv", said, StringComparison.Ordinal);
        Assert.Contains(@"\u001b]0;taken over\u0007i", said, StringComparison.Ordinal);
    }

    private static async Task<string> OnTerminal(string folder, int width, string terminal, string arguments, string setting = "")
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no `script` here to make a pseudo-terminal.");
        string kindred = Path.Combine(AppContext.BaseDirectory, "Kindred.Cli.dll");
        string command = $"stty cols {width}; env -u NO_COLOR TERM={terminal} {setting} dotnet '{kindred}' {arguments}";
        var result = await CliWrap.Cli.Wrap("script").WithArguments(["-qec", command, "/dev/null"]).WithWorkingDirectory(folder)
            .ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        return result.StandardOutput;
    }

    [GeneratedRegex(@"\e\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Escapes { get; }
}
