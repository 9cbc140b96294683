using Kindred.Models;

namespace Kindred.Cli.Output;

/// <summary>A piece of a result, without saying how it looks.</summary>
internal abstract record Block
{
    /// <summary>The same, whatever ids and titles bring along: no text of it begins another line or steers a terminal.</summary>
    public virtual Block OnOneLineEach() => this;
}

internal sealed record Heading(string Text) : Block
{
    public override Block OnOneLineEach() => new Heading(PlainText.OneLine(Text));
}

internal sealed record Paragraph(string Text) : Block
{
    public override Block OnOneLineEach() => new Paragraph(PlainText.OneLine(Text));
}

/// <summary>Sentences, one beneath the other.</summary>
internal sealed record BulletList(IReadOnlyList<string> Sentences) : Block
{
    public override Block OnOneLineEach() => new BulletList([.. Sentences.Select(PlainText.OneLine)]);
}

/// <summary>What to type next, one beneath the other.</summary>
internal sealed record CommandLines(IReadOnlyList<string> Lines) : Block;

/// <summary>A table.</summary>
/// <param name="Rows">Each with a text for every column.</param>
internal sealed record Grid(IReadOnlyList<Column> Columns, IReadOnlyList<string[]> Rows) : Block
{
    /// <summary>Names and values, without a header.</summary>
    public static Grid OfPairs(params IEnumerable<(string Name, string Value)> pairs) =>
        new([new(""), new("", Wraps: true)], [.. pairs.Select(pair => new[] { pair.Name, pair.Value })]);

    public override Block OnOneLineEach() => this with { Rows = [.. Rows.Select(row => Array.ConvertAll(row, PlainText.OneLine))] };

    public bool HasHeader => Columns.Any(column => column.Header.Length > 0);
}

/// <param name="IsNumber">Stands at the right.</param>
/// <param name="Wraps">May be broken into several lines where there is no room.</param>
/// <param name="IsExtra">Left out where the others would get too narrow.</param>
internal sealed record Column(string Header, bool IsNumber = false, bool Wraps = false, bool IsExtra = false);

/// <summary>The whole result for programs: an object that becomes JSON. Not shown to people.</summary>
internal sealed record JsonResult(object Value) : Block;

/// <summary>Shows results on standard output.</summary>
internal interface IPrinter
{
    void Print(Block block);
}

/// <summary>Shows on standard error what is being done.</summary>
internal interface IStatus : IStepDisplay
{
    /// <summary>Does a step of work; the ticker may be told how far it is, from any thread.</summary>
    T Run<T>(string step, Func<ProgressBar, T> work);

    T IStepDisplay.Show<T>(string step, Func<IProgress<TrainingProgress>?, T> work) => Run(step, work);

    /// <summary>Something a careful reader wants to know.</summary>
    void Note(string sentence);
}
