/** Protobuf messages with some fields changed. */
import { create, type DescMessage, type MessageShape } from '@bufbuild/protobuf';

/** A shallow copy. What the schema does not know stays, and so do fields that are not set. */
export const copyMessage = <S extends DescMessage>(
  schema: S,
  message: MessageShape<S>,
  changes: Partial<MessageShape<S>>,
): MessageShape<S> => Object.assign(create(schema), message, changes);
