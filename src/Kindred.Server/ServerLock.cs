using System.Globalization;

namespace Kindred.Server;

/// <summary>One server a folder. The system releases the lock however its process ends, so a killed server leaves none behind.</summary>
internal sealed class ServerLock : IDisposable
{
    private readonly FileStream _held;

    private ServerLock(FileStream held) => _held = held;

    /// <exception cref="InputException">Another server has the folder, or the file cannot be written.</exception>
    public static ServerLock Take(LivingFolder folder)
    {
        try
        {
            var held = new FileStream(folder.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            held.SetLength(0);
            held.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            held.Flush();
            return new(held);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException($"The folder {folder.Path} cannot be written to: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new InputException(
                $"Another server has the folder {folder.Path} (its process id is in {folder.LockFile}); stop it first, or name another " +
                    "folder.", e);
        }
    }

    public void Dispose() => _held.Dispose();
}
