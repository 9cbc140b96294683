using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Kindred.Cli.Commands;
using Kindred.Cli.Options;
using Kindred.Cli.Output;

namespace Kindred.Cli;

/// <summary>The whole command: its verbs, and what becomes of everything that goes wrong.</summary>
internal static class CommandLine
{
    /// <param name="program">What it can train; null: what the library can.</param>
    /// <returns>The exit code: 0; 2: what the caller gave cannot be used; 130: stopped; 1: a bug.</returns>
    public static async Task<int> Run(string[] args, CancellationToken cancellation, TrainingProgram? program = null)
    {
        StandardStream.Install();
        try
        {
            return await Invoke(args, program ?? new(), cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Console.Error.WriteLine("Stopped.");
            return 130;
        }
        catch (Exception e)
        {
            bool debug = Environment.GetEnvironmentVariable("KINDRED_DEBUG") == "1";
            string? sentence = Circumstances.SentenceOf(e);
            Console.Error.WriteLine(
                sentence is not null ? (debug && e is not InputException ? $"{e}" : PlainText.OneLine(sentence))
                : $"Unexpected error (a bug in Kindred): {(debug ? e : $"{PlainText.OneLine(e.Message)} Set KINDRED_DEBUG=1 to see " +
                    $"where.")}");
            return sentence is null ? 1 : 2;
        }
    }

    /// <summary>Apart, so that what keeps its libraries from being loaded is caught as well.</summary>
    private static async Task<int> Invoke(string[] args, TrainingProgram program, CancellationToken cancellation)
    {
        // Ids may begin with @: no response files.
        var root = Create();
        var parse = Parse(root, args);
        bool isShell = parse.Tokens.Any(token => token.Type == TokenType.Directive); // [suggest:12] "kindred recommend --u"
        if (!isShell && parse.Action is not HelpWithExamples)
        {
            if (Misspelling.In(parse, args) is { } sentence) return Refuse(parse, sentence);
            if (parse.CommandResult.Command is CliCommand) parse = WithDefaults(root, args, parse);
        }
        if (parse.Action is ParseErrorAction) return Refuse(parse, [.. parse.Errors.Select(error => SentenceOf(error.Message))]);
        if (OptionValues.FaultIn(parse) is { } fault) return Refuse(parse, fault);
        return await parse.InvokeAsync(
            new ProgramInvocation(program) { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cancellation);
    }

    private static ParseResult Parse(RootCommand root, string[] args) =>
        root.Parse(args.Length == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });

    /// <summary>With what <c>kindred.json</c> says of options that were not given.</summary>
    private static ParseResult WithDefaults(RootCommand root, string[] args, ParseResult parse)
    {
        if (DefaultsFile.Find(Environment.CurrentDirectory, root) is not { } file) return parse;
        var (completed, added) = file.Complete(args, parse);
        if (added.Length == 0) return parse;
        CommandText.Complete(added);
        Console.Error.WriteLine($"Defaults from {file.Path}: {CommandText.Of(added)}.");
        return Parse(root, completed);
    }

    private static RootCommand Create()
    {
        var root = new RootCommand("Kindred recommends: import events, find out which model earns its place, publish it, serve it.")
        {
            GlobalOptions.Json, GlobalOptions.Threads, GlobalOptions.Seed, GlobalOptions.Device,
            DemoCommand.Create(), InspectCommand.Create(), ImportCommand.Create(), EmbedCommand.Create(),
            EvaluateCommand.Create(), CompareCommand.Create(),
            TuneCommand.Create(),
            TrainCommand.Create(), ClusterCommand.Create(), PlanCommand.Create(), PublishCommand.Create(), RefreshCommand.Create(),
            RecommendCommand.Create(), SimilarCommand.Create(), AudienceCommand.Create(), OnboardCommand.Create(),
            ContractsCommand.Create(), MapCommand.Create(), ExportCommand.Create(),
            PipelineCommand.Create(), IndexCommand.Create(),
            ExperimentCommand.Create(),
            ServeCommand.Create(), HealthCommand.Create(),
            ModelCommand.Create(), KeysCommand.Create(), BackupCommand.Create(), BackupCommand.CreateRestore(),
            RenewCommand.Create(), JobsCommand.Create(), SnapshotsCommand.Create(), SnapshotsCommand.CreatePromote(),
            SnapshotsCommand.CreateRollBack(), DoctorCommand.Create(), OpeCommand.Create(), CompletionCommand.Create(),
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    private static int Refuse(ParseResult parse, params string[] sentences)
    {
        foreach (string sentence in sentences) Console.Error.WriteLine(PlainText.OneLine(sentence));
        string path = "";
        for (var at = parse.CommandResult; at?.Command is CliCommand verb; at = at.Parent as CommandResult) path = $" {verb.Name}{path}";
        Console.Error.WriteLine($"See `kindred{path} --help`.");
        return 2;
    }

    /// <summary>The parser speaks of .NET types, and in several lines.</summary>
    private static string SentenceOf(string message)
    {
        if (message.StartsWith("Required command", StringComparison.Ordinal)) return "Name one of its commands.";
        int type = message.IndexOf("as expected type", StringComparison.Ordinal);
        return type < 0
            ? string.Join(" ", message.Split((char[])['\n', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            : $"{message[..type]}as a {(message.Contains("Int32", StringComparison.Ordinal) ? "whole " : "")}number.";
    }

    private sealed class HelpWithExamples(HelpAction plain) : SynchronousCommandLineAction
    {
        private const int HelpWidth = 80;

        public override int Invoke(ParseResult parseResult)
        {
            int code = plain.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            var noted = parseResult.CommandResult.Command as CliCommand;
            foreach (string note in noted?.Notes ?? [])
            {
                foreach (string line in Format.Wrapped(note, HelpWidth)) output.WriteLine(line);
                output.WriteLine();
            }
            string[] examples = parseResult.CommandResult.Command is CliCommand verb
                ? verb.Examples
                : ["kindred demo", "kindred inspect ratings.csv", "kindred evaluate --help"];
            output.WriteLine("Examples:");
            foreach (string example in examples) output.WriteLine($"  {example}");
            return code;
        }
    }
}
