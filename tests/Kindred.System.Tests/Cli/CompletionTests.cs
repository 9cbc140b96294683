using CliWrap;
using CliWrap.Buffered;
using Kindred.Tests.Support;

namespace Kindred.SystemTests.Cli;

/// <summary>What shells ask the command for, and what bash makes of it.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("kindred rec", "recommend")]
    [InlineData("kindred recommend --expl", "--explain")]
    [InlineData("kindred evaluate data --split ", "leave-last")]
    [InlineData("kindred export ne", "neighbours")]
    [InlineData("kindred train data --model implicit", "implicit-als")]
    [InlineData("kindred completion z", "zsh")]
    public async Task Commands_options_and_values_are_suggested(string typed, string expected)
    {
        var kindred = new KindredProcess(_folder.Path);
        string[] suggested = (await kindred.Succeed($"[suggest:{typed.Length}]", typed)).Split('\n');
        Assert.Contains(expected, suggested);
        string begun = typed[(typed.LastIndexOf(' ') + 1)..];
        Assert.All(suggested.Where(word => word.Length > 0), word => Assert.Contains(begun, word, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("kindred rec", "recommend")]
    [InlineData("kindred recommend --wh", "--where --why-not")]
    public async Task Bash_completes_what_was_begun(string typed, string expected)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "There is no bash here.");
        string script = $$"""
            kindred() { dotnet '{{Path.Combine(AppContext.BaseDirectory, "Kindred.Cli.dll")}}' "$@"; }
            source <(kindred completion bash)
            COMP_LINE='{{typed}}'; COMP_POINT=${#COMP_LINE}; read -ra COMP_WORDS <<< "$COMP_LINE"; COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _kindred
            echo "${COMPREPLY[@]}"
            """;
        var run = await CliWrap.Cli.Wrap("/bin/bash").WithArguments(["-c", script]).WithWorkingDirectory(_folder.Path)
            .ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(expected, run.StandardOutput.Trim());
    }

    [Theory, InlineData("bash", "complete -o default"), InlineData("zsh", "compdef"), InlineData("fish", "complete --command kindred")]
    public async Task Every_shell_has_its_lines(string shell, string line) => Assert.Contains(
        line, await new KindredProcess(_folder.Path).Succeed("completion", shell), StringComparison.Ordinal);
}
