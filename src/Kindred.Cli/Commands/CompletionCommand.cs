using System.CommandLine;
using Kindred.Cli.Options;

namespace Kindred.Cli.Commands;

/// <summary>`kindred completion`: what makes a shell complete commands, options and values; the command itself is asked for them.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _kindred() {
          local IFS=$'\n' word="${COMP_WORDS[COMP_CWORD]}"
          COMPREPLY=($(compgen -W "$(kindred "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${word}"))
        }
        complete -o default -F _kindred kindred
        """;

    private const string Zsh = """
        #compdef kindred
        _kindred() {
          local line="${(j: :)words[1,CURRENT]}"
          local -a found=("${(@f)$(kindred "[suggest:${#line}]" "${line}" 2>/dev/null)}")
          if [[ -n "${found[1]}" ]]; then compadd -a found; else _files; fi
        }
        compdef _kindred kindred
        """;

    private const string Fish = """
        complete --command kindred --arguments '(kindred "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var verb = new CliCommand("completion", "Print what makes your shell complete commands, options and values.",
            """source <(kindred completion bash)      # in ~/.bashrc""",
            """source <(kindred completion zsh)       # in ~/.zshrc, after compinit""",
            """kindred completion fish > ~/.config/fish/completions/kindred.fish""") { shell };
        return verb.Runs((parse, _) => Console.Out.WriteLine((parse.GetRequiredValue(shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            _ => Fish,
        }).ReplaceLineEndings("\n")));
    }
}
