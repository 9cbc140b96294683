namespace Kindred.Server;

/// <summary>The program that runs, to be started again for work in a process of its own.</summary>
internal static class OwnProgram
{
    /// <returns>The program and its arguments.</returns>
    public static List<string> CommandFor(params IEnumerable<string> arguments)
    {
        string program = Environment.ProcessPath!;
        List<string> command = [program];
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") command.Add(Environment.GetCommandLineArgs()[0]);
        return [.. command, .. arguments];
    }
}
