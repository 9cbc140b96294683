namespace Kindred.Import.Writing;

/// <summary>What the cells of a column are.</summary>
public enum CellKind
{
    Text,

    /// <summary>A whole number of 64 bits.</summary>
    Whole,

    /// <summary>A number of single precision, written with as many digits as give it back exactly.</summary>
    Number,

    /// <summary>A moment, UTC, in whole seconds: ISO 8601 as text.</summary>
    Time,

    /// <summary>Any number of texts; in CSV joined by <c>|</c>.</summary>
    Texts,

    /// <summary>Any number of numbers; in CSV joined by <c>|</c>.</summary>
    Numbers,

    /// <summary>A number of double precision, written with as many digits as give it back exactly.</summary>
    Double,
}

/// <summary>A column of a table that is written.</summary>
public sealed record RowColumn(string Name, CellKind Kind);
